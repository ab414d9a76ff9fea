"""The standard normal distribution: NumPy has no error function."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn

# exp(z²) erfc(z) (1 + 2 z) for z >= 0, in Chebyshev polynomials of (z - 3.75) / (z + 3.75). Shepherd and Laframboise
# (1981), Chebyshev Approximation of (1 + 2x) exp(x²) erfc x in 0 <= x < inf, Mathematics of Computation 36, 249-253,
# found that this function and this variable make the series short. Computed with 40 digits; what is left out is below
# 1e-16.
SERIES = (
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
POLYNOMIAL = np.polynomial.chebyshev.cheb2poly(SERIES).tolist()


def normal_cdf(x: gn.Array) -> gn.Array:
    """Return the probability that a standard normal variable is below `x`: ``(1 + erf(x / sqrt 2)) / 2``.

    Below zero the relative error stays small as well: what is computed is the tail, and not 1 less something.
    """
    z = np.abs(x) * math.sqrt(0.5)
    t = (z - 3.75) / (z + 3.75)
    series = np.zeros_like(x)
    for coefficient in reversed(POLYNOMIAL):
        series = series * t + coefficient
    # The tail is erfc(z) / 2.
    tail = series * np.exp(-0.5 * x * x) / (2 + 4 * z)
    return np.where(x > 0, 1 - tail, tail)


def normal_density(x: gn.Array) -> gn.Array:
    """Return the density of a standard normal variable, the derivative of `normal_cdf`."""
    density: gn.Array = 1 / math.sqrt(2 * math.pi) * np.exp(-0.5 * x * x)
    return density
