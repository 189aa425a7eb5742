"""How values spread in a window: standard deviation, quantile, slope, gaps. Computed around the window's own centre."""

from __future__ import annotations

import numpy as np

from features.kernels.compiled import kernel


@kernel
def deviation(values, n):
    """Standard deviation of the sample of values[:n] (float64); NaN below two."""
    if n < 2:
        return np.nan
    mean = 0.0
    for i in range(n):
        mean += values[i]
    mean /= n
    square, left = 0.0, 0.0
    for i in range(n):
        square += (values[i] - mean) ** 2
        left += values[i] - mean
    return np.sqrt((square - left * left / n) / (n - 1))


@kernel
def deviations(start, end, customer, k0, k1, pos, low, high, bits, shift, measure, gaps, found):
    """found[w, k, c], float64: standard deviation of the measures, or (`gaps`) of the steps between sorted measures."""
    longest = 1
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    whole, values = np.empty(longest, np.int64), np.empty(longest, np.float64)
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            for w in range(low.shape[0]):
                n, sorted_ = 0, True
                for i in range(pos[u, low[w, k]], pos[u, high[w, k]]):
                    if (bits[i] >> shift) & 1:
                        whole[n] = measure[i]
                        sorted_ = sorted_ and (n == 0 or whole[n] >= whole[n - 1])
                        n += 1
                if gaps and not sorted_:
                    whole[:n].sort()
                # Differences of whole numbers are exact; a double of each value would not be.
                for i in range(n):
                    values[i] = whole[i] - whole[i - 1] if gaps and i else whole[i] - whole[0]
                if gaps:
                    n = max(n - 1, 0)
                    for i in range(n):
                        values[i] = values[i + 1]
                found[w, k, c] = deviation(values, n)


@kernel
def quantiles(start, end, customer, k0, k1, pos, low, high, bits, shift, measure, at, found):
    """found[w, k, c], float64: the quantile `at` of the measures, between the two nearest; NaN without any."""
    longest = 1
    for u in range(start.size):
        longest = max(longest, end[u] - start[u])
    whole = np.empty(longest, np.int64)
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            for w in range(low.shape[0]):
                n = 0
                for i in range(pos[u, low[w, k]], pos[u, high[w, k]]):
                    if (bits[i] >> shift) & 1:
                        whole[n] = measure[i]
                        n += 1
                if n:
                    part = whole[:n]
                    part.sort()
                    place = at * (n - 1)
                    before = int(np.floor(place))
                    after = min(before + 1, n - 1)
                    found[w, k, c] = part[before] + (part[after] - part[before]) * (place - before)


@kernel
def slopes(start, end, customer, k0, k1, pos, low, high, bits, shift, x, measure, found):
    """found[w, k, c], float64: least squares of the measure over x (int64), per unit of x; NaN where x does not vary.

    Both are centred before they are multiplied: two rows seconds apart would leave nothing of a difference of squares.
    """
    for u in range(start.size):
        c = customer[u]
        for k in range(k0[u], k1[u]):
            for w in range(low.shape[0]):
                n, x0, y0, mean_x, mean_y = 0, 0, 0, 0.0, 0.0
                for i in range(pos[u, low[w, k]], pos[u, high[w, k]]):
                    if (bits[i] >> shift) & 1:
                        if n == 0:
                            x0, y0 = x[i], measure[i]
                        n += 1
                        mean_x += x[i] - x0
                        mean_y += measure[i] - y0
                if n < 2:
                    continue
                mean_x, mean_y = mean_x / n, mean_y / n
                xx, xy = 0.0, 0.0
                for i in range(pos[u, low[w, k]], pos[u, high[w, k]]):
                    if (bits[i] >> shift) & 1:
                        dx = (x[i] - x0) - mean_x
                        xx += dx * dx
                        xy += dx * ((measure[i] - y0) - mean_y)
                if xx > 0.0:
                    found[w, k, c] = xy / xx
