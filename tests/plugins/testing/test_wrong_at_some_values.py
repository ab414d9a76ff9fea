"""Activations that are wrong for some values, types or options alone, and the check that is there for it."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from tests.plugins.testing.test_right_components import RightActivation


class OffByHalfAPercent(RightActivation):
    """The branch below zero is 0.5 % too steep. Source: none."""

    def forward(self, x):
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    def backward(self, dy, x, y):
        return dy * np.where(x > 0, 1, 1.005 * np.exp(np.minimum(x, 0)))


class OffForLargeValues(RightActivation):
    """The slope is a tenth too small beyond 500. Source: none."""

    def forward(self, x):
        return np.log1p(np.abs(x)) * x

    def backward(self, dy, x, y):
        slope = np.log1p(np.abs(x)) + np.abs(x) / (1 + np.abs(x))
        return dy * np.where(np.abs(x) > 500, 0.9 * slope, slope)


class LosesDigits(RightActivation):
    """A large number that is added and taken off again costs float32 its digits. Source: none."""

    def forward(self, x):
        return np.logaddexp(0, x).astype(x.dtype) + (x * x + 1e8 - 1e8 - x * x)

    def backward(self, dy, x, y):
        return dy / (1 + np.exp(-x))


class SteepAtTheKink(RightActivation):
    """At 0 the slope is none between those of the two sides. Source: none."""

    kinks = (0.0,)

    def forward(self, x):
        return np.where(x > 0, x, 0.1 * x)

    def backward(self, dy, x, y):
        return dy * np.where(x > 0, 1, np.where(x < 0, 0.1, 2)).astype(x.dtype)


class WrongForNegativeOptions(RightActivation):
    """The sign of alpha is lost. Source: none."""

    alpha: float = gn.option(0.5, help="frequency")

    def forward(self, x):
        return np.sin(self.alpha * x)

    def backward(self, dy, x, y):
        return dy * abs(self.alpha) * np.cos(self.alpha * x)


class SwitchWithoutEffect(RightActivation):
    """Nothing depends on the switch. Source: none."""

    exact: bool = gn.option(True, help="whether to be exact")

    def forward(self, x):
        return np.tanh(x)

    def backward(self, dy, x, y):
        return dy * (1 - y * y)


class ChangesLargeGradients(RightActivation):
    """Writes to dy where some element is above 50. Source: none."""

    def forward(self, x):
        return np.tanh(x)

    def backward(self, dy, x, y):
        if dy.flags.writeable and np.abs(dy).max() > 50:
            dy *= 1 - y * y
            return dy
        return dy * (1 - y * y)


class NotANumberBeyond(RightActivation):
    """NaN beyond 15,000. Source: none."""

    def forward(self, x):
        return np.where(np.abs(x) > 1.5e4, np.nan, x)

    def backward(self, dy, x, y):
        return dy


MISTAKES = [
    (OffByHalfAPercent, "input_gradient"),
    (OffForLargeValues, "input_gradient_at_awkward_points"),
    (LosesDigits, "float32_is_like_float64"),
    (SteepAtTheKink, "input_gradient_at_awkward_points"),
    (WrongForNegativeOptions, "gradients_at_other_options"),
    (SwitchWithoutEffect, "each_option_counts"),
    (ChangesLargeGradients, "arguments_stay_as_they_are"),
    (NotANumberBeyond, "large_values_stay_finite"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)
