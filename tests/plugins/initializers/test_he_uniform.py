from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def sample(fan_in, fan_out):
    return gn.initializers.he_uniform().sample((fan_in, fan_out), fan_in, fan_out, np.random.default_rng(0))


@pytest.mark.parametrize(("fan_in", "fan_out"), [(400, 400), (100, 900), (900, 100)])
def test_the_variance_is_the_papers_and_counts_inputs_only(fan_in, fan_out):
    # He et al. (2015), equation 10. Of at least 90,000 values the variance is known to 0.3 %.
    expected = 2 / fan_in

    assert sample(fan_in, fan_out).var() == pytest.approx(expected, rel=0.015)
    assert gn.initializers.he_uniform().moments((fan_in, fan_out), fan_in, fan_out) == (0, expected)


def test_the_bounds_follow_from_the_variance():
    # The variance of U(-a, a) is a²/3.
    limit = math.sqrt(3 * 2 / 100)
    values = sample(100, 900)

    assert -limit <= values.min() < -0.999 * limit
    assert 0.999 * limit < values.max() <= limit


def test_all_values_between_the_bounds_are_equally_frequent():
    limit = math.sqrt(6 / 100)
    counts, _ = np.histogram(sample(100, 900), bins=10, range=(-limit, limit))

    # 9,000 in each of ten bins, give or take five standard deviations.
    assert np.abs(counts - 9000).max() <= 5 * math.sqrt(90_000 * 0.1 * 0.9)
