from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def sample(*bounds, fans=(400, 400)):
    return gn.initializers.uniform(*bounds).sample((400, 400), *fans, np.random.default_rng(0))


def test_values_fill_the_space_between_the_bounds():
    values = sample(2.0, 5.0)
    counts, edges = np.histogram(values, bins=10)

    assert edges[0] == pytest.approx(2, abs=1e-3)
    assert edges[-1] == pytest.approx(5, abs=1e-3)
    # 16,000 in each of ten bins, give or take five standard deviations.
    assert np.abs(counts - 16_000).max() <= 5 * math.sqrt(160_000 * 0.1 * 0.9)


def test_moments_worked_out_by_hand():
    # The middle, and a twelfth of the square of the width.
    assert gn.initializers.uniform(2, 5).moments((7, 9), 7, 9) == (3.5, 0.75)


def test_by_default_it_is_narrow_and_about_0():
    assert np.abs(sample()).max() == pytest.approx(0.05, rel=1e-3)


def test_the_layers_size_does_not_matter():
    np.testing.assert_array_equal(sample(fans=(1, 2)), sample(fans=(300, 40)))


def test_bounds_the_wrong_way_round_are_refused():
    with pytest.raises(gn.OptionError, match=r"uniform\(low=2.0, high=1.0\): low must be <= high"):
        gn.initializers.uniform(2, 1)
