from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


def sample(fan_in, fan_out):
    return gn.initializers.glorot_normal().sample((fan_in, fan_out), fan_in, fan_out, np.random.default_rng(0))


@pytest.mark.parametrize(("fan_in", "fan_out"), [(400, 400), (100, 900), (900, 100)])
def test_the_variance_is_the_papers_with_its_factor_2(fan_in, fan_out):
    # Glorot and Bengio (2010), equation 12. Of at least 90,000 values the variance is known to 0.5 %.
    expected = 2 / (fan_in + fan_out)

    assert sample(fan_in, fan_out).var() == pytest.approx(expected, rel=0.025)
    assert gn.initializers.glorot_normal().moments((fan_in, fan_out), fan_in, fan_out) == (0, expected)


def test_the_distribution_is_normal_and_not_cut_off():
    values = sample(400, 400) / np.sqrt(2 / 800)

    # Parts of a normal distribution within one, two and three standard deviations; each is known to 0.0012.
    for width, part in [(1, 0.6827), (2, 0.9545), (3, 0.9973)]:
        assert (np.abs(values) < width).mean() == pytest.approx(part, abs=0.006)
    assert np.abs(values).max() > 3.5


def test_xavier_is_another_name_for_it():
    assert type(gn.initializers.xavier_normal()) is type(gn.initializers.glorot_normal())
    assert repr(gn.initializers.xavier_normal()) == "glorot_normal"
