"""Balances held from day to day: a customer's total in segments of days, and every account's level as of a day."""

from __future__ import annotations

import numpy as np

from features.kernels.compiled import kernel

BOOKED, STATED, CLOSED = 0, 1, 2
"""What a row of levels tells: a balance after a booking, the bank's own end-of-day balance, an account's closing."""


@kernel
def mark_levels(start, end, account, day, what, told):
    """int32: 1 for rows that stand for their account at the end of their day, and for closings.

    That is the last row of an account's day that tells a balance: what was held in between is no level.
    """
    longest = 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    stamp, seen = np.full(longest + 1, -1, np.int64), np.zeros(longest + 1, np.int64)
    found = np.zeros(day.size, np.int32)
    for u in range(start.size):
        for i in range(end[u] - 1, start[u] - 1, -1):
            v = account[i]
            if what[i] == CLOSED:
                found[i] = 1
            elif told[i] and not (stamp[v] == u and seen[v] == day[i]):
                found[i], stamp[v], seen[v] = 1, u, day[i]
    return found


@kernel
def segments_of_unit(a, b, account, day, what, bits, shift, level, last, stamp, mark, days, totals):
    """Fill days[:n] and totals[:n], the customer's total from that day on; returns n.

    last, stamp: scratch by account number; `mark` tells this call's entries from older ones (negative: closed).
    """
    n, total = 0, 0
    for i in range(a, b):
        v = account[i]
        if (bits[i] >> shift) & 1 and stamp[v] != -mark:
            known = stamp[v] == mark
            if what[i] == CLOSED:
                if known:
                    total -= last[v]
                stamp[v] = -mark
            else:
                total += level[i] - (last[v] if known else 0)
                known, last[v], stamp[v] = True, level[i], mark
            if known:
                if n and days[n - 1] == day[i]:
                    totals[n - 1] = total
                else:
                    days[n], totals[n] = day[i], total
                    n += 1
    return n


@kernel
def carry(
    start, end, customer, k0, k1, account, day, what, bits, shift, level, first, past, until, floor,
    held, area, least, most, newest, slope, above,
):  # fmt: skip
    """A customer's total over the days [first[w, k], past[w, k]), each day counted once; until[k]: day k itself.

    held: days with a known total; area: sum of the totals over them; least, most, newest: of the totals; slope: least
    squares over days; above: days on which the total was at least floor[w]. All [w, k, c]; days before the first known
    level do not count.
    """
    longest = 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    last, stamp = np.zeros(longest + 1, np.int64), np.zeros(longest + 1, np.int64)
    days, totals = np.empty(longest + 1, np.int64), np.empty(longest + 1, np.int64)
    for u in range(start.size):
        c = customer[u]
        n = segments_of_unit(start[u], end[u], account, day, what, bits, shift, level, last, stamp, u + 1, days, totals)
        for k in range(k0[u], k1[u]):
            for w in range(first.shape[0]):
                low, high = first[w, k], min(past[w, k], until[k])
                count, whole, rough, small, large, new, over, begun = 0, 0, 0.0, 0, 0, 0, 0, 0
                for j in range(n - 1, -1, -1):
                    p, q = max(days[j], low), min(days[j + 1] if j + 1 < n else high, high)
                    if q > p:
                        t, length = totals[j], q - p
                        if count == 0:
                            small, large, new = t, t, t
                        count += length
                        whole += t * length
                        rough += np.float64(t) * length
                        small, large = min(small, t), max(large, t)
                        over += length if t >= floor[w] else 0
                        begun = p
                    if days[j] <= low:
                        break
                if count == 0:
                    continue
                held[w, k, c], least[w, k, c], most[w, k, c] = count, small, large
                newest[w, k, c], above[w, k, c] = new, over
                # The exact sum where it fits 64 bits, else the nearest double.
                area[w, k, c] = np.float64(whole) if abs(rough) < 4.0e18 else rough
                if count < 2:
                    continue
                # Known days follow each other without a gap, so their centre and squares need no loop over days.
                middle, mean, xy = begun + (count - 1) / 2.0, area[w, k, c] / count, 0.0
                for j in range(n - 1, -1, -1):
                    p, q = max(days[j], low), min(days[j + 1] if j + 1 < n else high, high)
                    if q > p:
                        xy += (totals[j] - mean) * (q - p) * ((p + q - 1) / 2.0 - middle)
                    if days[j] <= low:
                        break
                slope[w, k, c] = xy * 12.0 / (np.float64(count) * (np.float64(count) * count - 1.0))


@kernel
def levels_at(start, end, customer, k0, k1, at, account, key, what, level, has_level, moments):
    """(customer, k, key, level) of every account with a known level as of each day; a closed account holds 0."""
    longest, room = 0, 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
        most = -1
        for i in range(start[u], end[u]):
            most = max(most, account[i])
        room += (most + 1) * (k1[u] - k0[u])
    keys, last = np.zeros(longest + 1, np.int64), np.zeros(longest + 1, np.int64)
    state = np.zeros(longest + 1, np.int8)  # 0 unknown, 1 known, 2 closed without a level, 3 closed
    who, when = np.empty(room, np.int32), np.empty(room, np.int32)
    which, held = np.empty(room, np.int64), np.empty(room, np.int64)
    n = 0
    for u in range(start.size):
        accounts = 0
        i = start[u]
        for k in range(k0[u], k1[u]):
            while i < end[u] and at[i] < moments[k, 0]:
                v = account[i]
                while accounts <= v:
                    state[accounts] = 0
                    accounts += 1
                keys[v] = key[i]
                if what[i] == CLOSED:
                    state[v], last[v] = (3 if state[v] & 1 else 2), 0
                elif has_level[i] and state[v] < 2:
                    state[v], last[v] = 1, level[i]
                i += 1
            for v in range(accounts):
                if state[v] & 1:
                    who[n], when[n], which[n], held[n] = customer[u], k, keys[v], last[v]
                    n += 1
    return who[:n], when[:n], which[:n], held[:n]
