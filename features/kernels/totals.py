"""Counts and sums in windows: prefix sums over a unit, a difference a window."""

from __future__ import annotations

import numpy as np

from features.kernels.compiled import kernel


@kernel
def totals(start, end, customer, k0, k1, pos, low, high, bits, shift, measure, counts, sums):
    """counts[w, k, c] and sums[w, k, c], int64: rows whose bit is set, and their measures, in window w as of day k.

    low, high: int64 [w, k], the edges of each window. Sums wrap modulo 2^64, so a difference is right whenever the
    window's own sum fits.
    """
    windows, longest = low.shape[0], 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    number, total = np.zeros(longest + 1, np.int64), np.zeros(longest + 1, np.int64)
    for u in range(start.size):
        a, b, c = start[u], end[u], customer[u]
        if a == b:
            continue
        n, s = 0, 0
        for i in range(a, b):
            if (bits[i] >> shift) & 1:
                n += 1
                s += measure[i]
            number[i - a + 1] = n
            total[i - a + 1] = s
        if n == 0:
            continue
        for k in range(k0[u], k1[u]):
            for w in range(windows):
                p, q = pos[u, low[w, k]] - a, pos[u, high[w, k]] - a
                counts[w, k, c] = number[q] - number[p]
                sums[w, k, c] = total[q] - total[p]


@kernel
def numbers(start, end, customer, k0, k1, pos, low, high, bits, shift, counts):
    """counts[w, k, c], int64: rows whose bit is set in window w as of day k."""
    windows, longest = low.shape[0], 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    number = np.zeros(longest + 1, np.int64)
    for u in range(start.size):
        a, b, c = start[u], end[u], customer[u]
        n = 0
        for i in range(a, b):
            n += (bits[i] >> shift) & 1
            number[i - a + 1] = n
        if n == 0:
            continue
        for k in range(k0[u], k1[u]):
            for w in range(windows):
                counts[w, k, c] = number[pos[u, high[w, k]] - a] - number[pos[u, low[w, k]] - a]
