from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

W = np.array([[1.0, -2.0], [0.0, 0.5]])


def test_the_penalty_is_the_sum_of_both():
    # 0.1 · (1 + 2 + 0.5) + 0.2 · (1 + 4 + 0.25)
    assert gn.regularizers.l1_l2(0.1, 0.2).penalty(W) == pytest.approx(0.35 + 1.05, rel=1e-15)


def test_the_gradient_is_the_sum_of_both():
    # 0.1 · sign(w) + 2 · 0.2 · w
    gradient = gn.regularizers.l1_l2(l1=0.1, l2=0.2).gradient(W)

    np.testing.assert_allclose(gradient, [[0.1 + 0.4, -0.1 - 0.8], [0.0, 0.1 + 0.2]], rtol=1e-15)


@pytest.mark.parametrize("option", ["l1", "l2"])
def test_a_negative_factor_is_refused(option):
    with pytest.raises(gn.OptionError, match=f"l1_l2: {option} must be >= 0"):
        gn.regularizers.l1_l2(**{option: -0.1})
