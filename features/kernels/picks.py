"""One row out of a window: the smallest, the largest, the first, the last; and how many of the newest are alike."""

from __future__ import annotations

from features.kernels.compiled import kernel


@kernel
def extremes(start, end, customer, k0, k1, pos, low, high, bits, shift, measure, least, most, found):
    """least[w, k, c], most[w, k, c] of the measures whose bit is set; found[w, k, c]: how many there were.

    A window that ends where the one before it ends, and begins earlier, goes on from there.
    """
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            n, small, large, p = 0, 0, 0, 0
            for w in range(low.shape[0]):
                q, before = pos[u, high[w, k]], p
                p = pos[u, low[w, k]]
                if w and high[w, k] == high[w - 1, k] and p <= before:
                    q = before
                else:
                    n, small, large = 0, 0, 0
                for i in range(p, q):
                    if (bits[i] >> shift) & 1:
                        value = measure[i]
                        small = value if n == 0 or value < small else small
                        large = value if n == 0 or value > large else large
                        n += 1
                if n:
                    least[w, k, c], most[w, k, c], found[w, k, c] = small, large, n


@kernel
def pick(start, end, customer, k0, k1, pos, low, high, bits, shift, latest, row):
    """row[w, k, c]: the first (`latest`: the last) row of the window whose bit is set, -1 where there is none."""
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            for w in range(low.shape[0]):
                p, q = pos[u, low[w, k]], pos[u, high[w, k]]
                for step in range(q - p):
                    i = q - 1 - step if latest else p + step
                    if (bits[i] >> shift) & 1:
                        row[w, k, c] = i
                        break


@kernel
def pick_by(start, end, customer, k0, k1, pos, low, high, bits, shift, by, latest, row):
    """The same in the order of `by` (float64), then of the rows."""
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            for w in range(low.shape[0]):
                best = -1
                for i in range(pos[u, low[w, k]], pos[u, high[w, k]]):
                    if (bits[i] >> shift) & 1 and (best < 0 or (by[i] >= by[best] if latest else by[i] < by[best])):
                        best = i
                if best >= 0:
                    row[w, k, c] = best


@kernel
def streak(start, end, customer, k0, k1, pos, low, high, bits, shift, others, true, counts):
    """counts[w, k, c]: from the window's newest row back, those with bit `shift`, while `others` has bit `true`."""
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            for w in range(low.shape[0]):
                p, q = pos[u, low[w, k]], pos[u, high[w, k]]
                n = 0
                for step in range(q - p):
                    i = q - 1 - step
                    if (bits[i] >> shift) & 1:
                        if not (others[i] >> true) & 1:
                            break
                        n += 1
                counts[w, k, c] = n


@kernel
def burst(start, end, customer, k0, k1, pos, low, high, bits, shift, at, within, counts):
    """counts[w, k, c]: the most rows with the bit in any stretch shorter than `within` microseconds."""
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            for w in range(low.shape[0]):
                i, n, best = pos[u, low[w, k]], 0, 0
                for j in range(pos[u, low[w, k]], pos[u, high[w, k]]):
                    if not (bits[j] >> shift) & 1:
                        continue
                    n += 1
                    while at[j] - at[i] >= within or not (bits[i] >> shift) & 1:
                        n -= (bits[i] >> shift) & 1
                        i += 1
                    best = max(best, n)
                counts[w, k, c] = best
