from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


def sample(*fans, **options):
    return gn.initializers.normal(**options).sample((400, 400), *(fans or (400, 400)), np.random.default_rng(0))


def test_mean_and_standard_deviation_are_those_given():
    values = sample(mean=3.0, std=0.5)

    # Five standard deviations of the mean, and of the standard deviation, of 160,000 values.
    assert values.mean() == pytest.approx(3.0, abs=5 * 0.5 / 400)
    assert values.std() == pytest.approx(0.5, rel=0.009)


def test_by_default_it_is_narrow_and_about_0():
    values = sample()

    assert values.mean() == pytest.approx(0, abs=5 * 0.05 / 400)
    assert values.std() == pytest.approx(0.05, rel=0.009)


def test_the_distribution_is_normal():
    values = sample(std=1.0)

    for width, part in [(1, 0.6827), (2, 0.9545), (3, 0.9973)]:
        assert (np.abs(values) < width).mean() == pytest.approx(part, abs=0.006)


def test_the_layers_size_does_not_matter():
    np.testing.assert_array_equal(sample(1, 2, std=0.1), sample(300, 40, std=0.1))


def test_a_negative_standard_deviation_is_refused():
    with pytest.raises(gn.OptionError, match="normal: std must be >= 0"):
        gn.initializers.normal(std=-1)
