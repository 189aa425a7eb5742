"""Values told apart: how many different ones, how often the commonest, which came back soon."""

from __future__ import annotations

import numpy as np

from features.kernels.compiled import kernel


@kernel
def number_values(start, end, bits, shift, value):
    """int32: a number for each row's value within its unit, from 0; -1 where the bit is not set."""
    longest = 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    size = 16
    while size < 2 * longest:
        size *= 2
    held, number, stamp = np.empty(size, np.int64), np.empty(size, np.int32), np.full(size, -1, np.int64)
    found = np.full(value.size, -1, np.int32)
    for u in range(start.size):
        mask, least = np.int64(15), 2 * (end[u] - start[u])
        while mask + 1 < least:  # a short unit touches a short stretch of the table
            mask = 2 * mask + 1
        next_number = 0
        for i in range(start[u], end[u]):
            if not (bits[i] >> shift) & 1:
                continue
            mixed = np.uint64(value[i]) * np.uint64(0x9E3779B97F4A7C15)
            at = np.int64(mixed >> np.uint64(32)) & mask
            while stamp[at] == u and held[at] != value[i]:
                at = (at + 1) & mask
            if stamp[at] != u:
                stamp[at], held[at], number[at] = u, value[i], next_number
                next_number += 1
            found[i] = number[at]
    return found


@kernel
def count_values(start, end, customer, k0, k1, pos, low, high, number, different, commonest):
    """different[w, k, c]: values in the window; commonest[w, k, c]: rows of the value that has most."""
    longest = 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    times, stamp, round_ = np.zeros(longest + 1, np.int64), np.full(longest + 1, -1, np.int64), 0
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            n, best, p = 0, 0, 0
            for w in range(low.shape[0]):
                q, before = pos[u, high[w, k]], p
                p = pos[u, low[w, k]]
                if w and high[w, k] == high[w - 1, k] and p <= before:
                    q = before  # the same end, an earlier beginning: what was counted counts
                else:
                    n, best, round_ = 0, 0, round_ + 1
                for i in range(p, q):
                    v = number[i]
                    if v < 0:
                        continue
                    if stamp[v] != round_:
                        stamp[v], times[v] = round_, 0
                        n += 1
                    times[v] += 1
                    best = max(best, times[v])
                different[w, k, c], commonest[w, k, c] = n, best


@kernel
def mark_repeats(start, end, at, number, within):
    """int32: 1 for rows at most `within` microseconds after the row before of the same value."""
    longest = 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    last, stamp = np.zeros(longest + 1, np.int64), np.full(longest + 1, -1, np.int64)
    found = np.zeros(number.size, np.int32)
    for u in range(start.size):
        for i in range(start[u], end[u]):
            v = number[i]
            if v < 0:
                continue
            if stamp[v] == u and at[i] - last[v] <= within:
                found[i] = 1
            stamp[v], last[v] = u, at[i]
    return found
