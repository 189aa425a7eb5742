"""Rows brought into order: by customer, then time; cut into units; every edge of a window found."""

from __future__ import annotations

import numpy as np

from features.kernels.compiled import kernel

NEVER = np.iinfo(np.int64).max


@kernel
def find_runs(offsets, letters):
    """int64: the places at which a text differs from the one before it, and the number of texts.

    offsets: int32, where each text begins in `letters` (uint8), and where the last one ends.
    """
    count = offsets.size - 1
    found = np.empty(count + 1, np.int64)
    n = 0
    for i in range(count):
        a, b = offsets[i], offsets[i + 1]
        same = i > 0 and b - a == a - offsets[i - 1]
        if same:
            for j in range(b - a - 1, -1, -1):  # ids differ at their ends
                if letters[a + j] != letters[offsets[i - 1] + j]:
                    same = False
                    break
        if not same:
            found[n] = i
            n += 1
    found[n] = count
    return found[: n + 1]


@kernel
def place(code, customers):
    """Stable order of rows by customer: (starts, order), int64; rows of customer c are order[starts[c]:starts[c + 1]].

    code: int32, the customer of each row; negative codes are left out.
    """
    starts = np.zeros(customers + 1, np.int64)
    for i in range(code.size):
        if code[i] >= 0:
            starts[code[i] + 1] += 1
    for c in range(customers):
        starts[c + 1] += starts[c]
    free = starts[:-1].copy()
    order = np.empty(starts[customers], np.int64)
    for i in range(code.size):
        if code[i] >= 0:
            order[free[code[i]]] = i
            free[code[i]] += 1
    return starts, order


@kernel
def straighten(starts, order, at):
    """Put each customer's rows in order of time where they are not; rows of one moment stay as they came."""
    for c in range(starts.size - 1):
        a, b = starts[c], starts[c + 1]
        straight = True
        for i in range(a + 1, b):
            if at[order[i]] < at[order[i - 1]]:
                straight = False
                break
        if not straight:
            part = order[a:b].copy()
            order[a:b] = part[np.argsort(at[part], kind="mergesort")]


@kernel
def cut_units(starts, order, at, known, superseded, moments):
    """Units where days see different versions: (start, end, customer, k0, k1, order), the order of rows for them.

    known, superseded: int64 microseconds (NEVER: no later version). moments: int64 [k, 2], the beginning of each day
    and the instant up to which that day knows; both ascend. A customer whose every row is known to all days that come
    after it is one unit; any other is a unit a day, of the rows that this day knows.
    """
    days, customers = moments.shape[0], starts.size - 1
    usual = np.ones(customers, np.bool_)
    units, rows = 0, 0
    for c in range(customers):
        k = 0  # the first day that comes after the row: rows lie in order of time
        for i in range(starts[c], starts[c + 1]):
            r = order[i]
            while k < days and moments[k, 0] <= at[r]:
                k += 1
            if k < days and not (known[r] <= moments[k, 1] and superseded[r] > moments[days - 1, 1]):
                usual[c] = False
                break
        if usual[c]:
            units, rows = units + 1, rows + starts[c + 1] - starts[c]
        else:
            units += days
            for i in range(starts[c], starts[c + 1]):
                for k in range(days):
                    rows += known[order[i]] <= moments[k, 1] < superseded[order[i]]
    start, end = np.empty(units, np.int64), np.empty(units, np.int64)
    customer, k0, k1 = np.empty(units, np.int32), np.empty(units, np.int32), np.empty(units, np.int32)
    found = np.empty(rows, np.int64)
    u, n = 0, 0
    for c in range(customers):
        for k in range(1 if usual[c] else days):
            start[u], customer[u] = n, c
            k0[u], k1[u] = (0, days) if usual[c] else (k, k + 1)
            for i in range(starts[c], starts[c + 1]):
                r = order[i]
                if usual[c] or known[r] <= moments[k, 1] < superseded[r]:
                    found[n] = r
                    n += 1
            end[u] = n
            u += 1
    return start, end, customer, k0, k1, found


@kernel
def find_edges(start, end, at, edges, places):
    """pos[u, e], int64: the first row of unit u at or after edge e.

    edges: int64, ascending; places: which e each of them is. One walk over rows and edges together.
    """
    pos = np.empty((start.size, edges.size), np.int64)
    for u in range(start.size):
        i = start[u]
        for e in range(edges.size):
            while i < end[u] and at[i] < edges[e]:
                i += 1
            pos[u, places[e]] = i
    return pos


@kernel
def day_of_rows(at, midnights, first):
    """The bank's day of each instant as days since 1970; midnights: where the days from `first` on begin, ascending."""
    days = np.empty(at.size, np.int64)
    last = midnights.size - 1
    for i in range(at.size):
        d = min(max((at[i] - midnights[0]) // 86_400_000_000, 0), last)
        while d < last and midnights[d + 1] <= at[i]:
            d += 1
        while d > 0 and midnights[d] > at[i]:
            d -= 1
        days[i] = first + d
    return days
