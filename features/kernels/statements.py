"""Statements of an account: what was owed at the end of a day, what was paid in the days after it."""

from __future__ import annotations

import numpy as np

from features.kernels.compiled import kernel
from features.kernels.levels import CLOSED


@kernel
def settle(unit, account_key, on, to, start, end, key, day, what, level, has_level, credit):
    """(known, level, repaid) of each statement: the account's level at the end of day `on`, its credits in (on, to].

    unit: the unit of rows that the statement's day sees, -1 for none. known is false before the first level.
    """
    known = np.zeros(unit.size, np.bool_)
    owed, repaid = np.zeros(unit.size, np.int64), np.zeros(unit.size, np.int64)
    for s in range(unit.size):
        u = unit[s]
        if u < 0:
            continue
        closed = False
        for i in range(start[u], end[u]):
            if key[i] != account_key[s]:
                continue
            if day[i] <= on[s] and not closed:
                closed = what[i] == CLOSED
                if closed:
                    owed[s] = 0
                elif has_level[i]:
                    known[s], owed[s] = True, level[i]
            if on[s] < day[i] <= to[s]:
                repaid[s] += credit[i]
    return known, owed, repaid
