"""Stochastic gradient descent against p - lr g, step by step."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


def test_twenty_five_steps_follow_the_formula() -> None:
    rng = np.random.default_rng(0)
    p = rng.normal(size=6)
    expected = p.tolist()
    for t in range(1, 26):
        lr = 0.5 / t
        g = rng.normal(size=6)
        expected = [each - lr * slope for each, slope in zip(expected, g.tolist(), strict=True)]
        gn.optimizers.sgd().update(p, g, {}, lr, t)
        np.testing.assert_allclose(p, expected, rtol=1e-13)


def test_one_step_by_hand() -> None:
    p = np.array([1.0, -2.0, 0.25])
    gn.optimizers.sgd().update(p, np.array([4.0, -1.0, 0.0]), {}, 0.5, 1)
    assert p.tolist() == [-1.0, -1.5, 0.25]


def test_the_step_size_is_the_one_passed_not_the_option() -> None:
    p = np.array([1.0])
    gn.optimizers.sgd(lr=100.0).update(p, np.array([1.0]), {}, 0.25, 1)
    assert p.tolist() == [0.75]


def test_it_needs_no_state() -> None:
    assert gn.optimizers.sgd().slots == ()


def test_default_step_size() -> None:
    assert gn.optimizers.sgd().lr == 0.01


@pytest.mark.parametrize("lr", [0, -0.1, float("nan")])
def test_a_step_size_that_is_not_positive_is_refused(lr: float) -> None:
    with pytest.raises(gn.OptionError, match="lr must be > 0"):
        gn.optimizers.sgd(lr=lr)
