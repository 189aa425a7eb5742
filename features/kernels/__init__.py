"""Compiled passes over rows that lie sorted by customer and time: what is about time, for all customers at once.

A *unit* is a stretch of rows [start, end) of one customer in which days k0 <= k < k1 may be answered: usually all days
of a build, one day where that day saw other versions of the rows than the next. `pos[u, e]` is the first row of unit u
at or after edge e, so a window is the rows pos[low edge] to pos[high edge].
"""
