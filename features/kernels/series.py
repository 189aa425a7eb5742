"""Recurring payments found: the same payee again and again, at about the same distance."""

from __future__ import annotations

import numpy as np

from features.kernels.compiled import kernel


@kernel
def find_series(
    start, end, customer, k0, k1, pos, low, high, number, day, amount, until,
    min_days, tolerance, min_rhythm, max_rhythm, min_confidence, grace,
):  # fmt: skip
    """(customer, k, row of the last payment, payments, rhythm, last day, next day, amount before, confidence).

    number: int32, the payee of each row within its unit, -1 for rows that are no payment. Medians are the lower ones.
    """
    room, longest = 0, 0
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
        room += (k1[u] - k0[u]) * ((end[u] - start[u]) // min_days)
    whole, exact = np.empty((7, room), np.int64), np.empty(room, np.float64)
    free, rows = np.zeros(longest + 2, np.int64), np.empty(longest + 1, np.int64)
    gaps, before = np.empty(longest + 1, np.int64), np.empty(longest + 1, np.int64)
    n = 0
    for u in range(start.size):
        for k in range(k0[u], k1[u]):
            a, b = pos[u, low[k]], pos[u, high[k]]
            payees = 0
            for i in range(a, b):
                payees = max(payees, number[i] + 1)
            free[: payees + 1] = 0
            for i in range(a, b):
                if number[i] >= 0:
                    free[number[i] + 1] += 1
            for v in range(payees):
                free[v + 1] += free[v]
            for i in range(a, b):
                if number[i] >= 0:
                    rows[free[number[i]]] = i
                    free[number[i]] += 1
            for v in range(payees):  # free[v] has moved to the end of payee v
                p, q = free[v - 1] if v else 0, free[v]
                steps = 0
                for j in range(p + 1, q):
                    if day[rows[j]] != day[rows[j - 1]]:
                        gaps[steps] = day[rows[j]] - day[rows[j - 1]]
                        steps += 1
                if steps + 1 < min_days or steps == 0:
                    continue
                gaps[:steps].sort()
                rhythm = gaps[(steps - 1) // 2]
                near = 0
                for j in range(steps):
                    near += abs(gaps[j] - rhythm) <= tolerance
                newest = rows[q - 1]
                due = day[newest] + rhythm
                if not min_rhythm <= rhythm <= max_rhythm or near / steps < min_confidence or due < until[k] - grace:
                    continue
                for j in range(p, q - 1):
                    before[j - p] = amount[rows[j]]
                before[: q - 1 - p].sort()
                whole[0, n], whole[1, n], whole[2, n], whole[3, n] = customer[u], k, newest, q - p
                whole[4, n], whole[5, n], whole[6, n] = rhythm, due, before[(q - 2 - p) // 2]
                exact[n] = near / steps
                n += 1
    return whole[:, :n], exact[:n]
