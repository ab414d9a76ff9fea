"""The standard normal distribution: NumPy has no error function."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn

# exp(z²) erfc(z) (1 + 2 z) for z >= 0, in Chebyshev polynomials of (z - 3.75) / (z + 3.75). Shepherd and Laframboise
# (1981), Chebyshev Approximation of (1 + 2x) exp(x²) erfc x in 0 <= x < inf, Mathematics of Computation 36, 249-253,
# found that this function and this variable make the series short. Computed with 40 digits; what is left out is below
# 1e-16.
_SERIES = (
    1.1775789345674017,
    -0.004590054580646478,
    -0.08424913336651792,
    0.05920993999819189,
    -0.026658668435305753,
    0.009074997670705265,
    -0.002413163540417608,
    0.0004907758365258086,
    -6.916973302501207e-05,
    4.13902798607301e-06,
    7.74038306619849e-07,
    -2.1886401049234397e-07,
    1.076499946567091e-08,
    4.521959811218287e-09,
    -7.754400208831351e-10,
    -6.318088340886684e-11,
    2.86879501093067e-11,
    1.9455868545777347e-13,
    -9.65469674843344e-13,
    3.25254814814874e-14,
    3.3478119482868056e-14,
    -1.864562880419313e-15,
    -1.2507950530688648e-15,
    7.418235256624044e-17,
)
_POLYNOMIAL = np.polynomial.chebyshev.cheb2poly(_SERIES).tolist()
# All that float32 can tell apart.
_SHORT_POLYNOMIAL = np.polynomial.chebyshev.cheb2poly(_SERIES[:12]).tolist()


# It takes fifty passes over the values, so they had better stay in the cache.
_VALUES_AT_ONCE = 8192


def normal_cdf(x: gn.Array) -> gn.Array:
    """Return the probability that a standard normal variable is below `x`: ``(1 + erf(x / sqrt 2)) / 2``.

    Below zero the relative error stays small as well: what is computed is the tail, and not 1 less something.
    """
    if x.size <= _VALUES_AT_ONCE:
        return _cdf(x)
    values = x.reshape(-1)
    parts = [_cdf(values[start : start + _VALUES_AT_ONCE]) for start in range(0, x.size, _VALUES_AT_ONCE)]
    return np.concatenate(parts).reshape(x.shape)


def _cdf(x: gn.Array) -> gn.Array:
    z = np.abs(x)
    z *= math.sqrt(0.5)
    t = (z - 3.75) / (z + 3.75)
    *others, last = _SHORT_POLYNOMIAL if x.dtype == np.float32 else _POLYNOMIAL
    tail = np.full_like(x, last)
    for coefficient in reversed(others):
        tail *= t
        tail += coefficient
    # The tail is erfc(z) / 2.
    tail *= np.exp(-0.5 * x * x)
    tail /= 2 + 4 * z
    # On the right of zero, true less the tail; on the left, false less the tail, and the sign taken off.
    cdf = np.subtract(x > 0, tail, out=tail)
    return np.abs(cdf, out=cdf)


def normal_density(x: gn.Array) -> gn.Array:
    """Return the density of a standard normal variable, the derivative of `normal_cdf`."""
    density: gn.Array = np.exp(-0.5 * x * x)
    density *= 1 / math.sqrt(2 * math.pi)
    return density
