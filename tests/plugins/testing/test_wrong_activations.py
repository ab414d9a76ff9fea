"""Activations with one mistake each, and the check that is there for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet_testing import report_on, subject_of


class Right(gn.Activation):
    """x at the right of 0, and a part of it at the left. Source: by definition."""

    slope: float = gn.option(0.1, ge=0, lt=1, help="slope for x < 0")

    formula = "y = x if x > 0 else slope x"
    gradient_formula = "dx = dy (1 if x > 0 else slope)"
    kinks = (0.0,)

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x)

    def backward(self, dy, x, y):
        return dy * np.where(x > 0, 1, self.slope).astype(x.dtype)


class RightSoftmax(gn.Activation):
    """Rows that sum to 1. Source: Bridle (1990)."""

    formula = "y = exp(x) / sum exp(x)"
    gradient_formula = "dx = y (dy - sum dy y)"
    output_type = "distribution"
    initializer = "glorot_uniform"

    def forward(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def backward(self, dy, x, y):
        return y * (dy - np.sum(dy * y, axis=-1, keepdims=True))


class RightGap(gn.Activation):
    """A function that jumps at a place that it declares. Source: by definition."""

    formula = "y = x + (1 if x > 2 else 0)"
    gradient_formula = "dx = dy"
    kinks = (2.0,)

    def forward(self, x):
        return x + (x > 2)

    def backward(self, dy, x, y):
        return dy


class RightLogarithm(gn.Activation):
    """The logarithm, which takes positive numbers alone. Source: by definition."""

    formula = "y = log x"
    gradient_formula = "dx = dy / x"
    domain = (0.0, np.inf)

    def forward(self, x):
        return np.log(x)

    def backward(self, dy, x, y):
        return dy / x


class _LogarithmOfAllNumbers(RightLogarithm):
    domain = (-np.inf, np.inf)


@pytest.mark.parametrize("right", [Right, RightSoftmax, RightGap])
def test_a_right_activation_passes(right, passes):
    assert passes(right).checks_run >= 30


def test_numbers_are_drawn_from_the_domain(caught):
    assert "float64 (1, 1)" in caught(_LogarithmOfAllNumbers, "input_gradient").input
    # A trained network gives it any value: only the kit's draws are in the domain.
    failing = {outcome.check.name for outcome in report_on(RightLogarithm).failures}
    assert "input_gradient" not in failing
    assert "large_values_stay_finite" not in failing


class SoftmaxWhoseBackwardReturnsDy(RightSoftmax):
    def backward(self, dy, x, y):
        return dy


class SoftmaxWithTheDiagonalAlone(RightSoftmax):
    def backward(self, dy, x, y):
        return dy * y * (1 - y)


class SoftmaxThatOverflows(RightSoftmax):
    def forward(self, x):
        e = np.exp(x)
        return e / e.sum(axis=-1, keepdims=True)


class SoftmaxOverTheWrongAxis(RightSoftmax):
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, dy, x, y):
        return y * (dy - np.sum(dy * y, axis=1, keepdims=True))


class SoftmaxOverTheBatch(RightSoftmax):
    def forward(self, x):
        e = np.exp(x - x.max())
        return e / e.sum()

    def backward(self, dy, x, y):
        return y * (dy - np.sum(dy * y))


class NotProbabilities(Right):
    output_type = "probabilities"


class SignOfTheDerivative(Right):
    def backward(self, dy, x, y):
        return -super().backward(dy, x, y)


class SlopeForgotten(Right):
    def backward(self, dy, x, y):
        return dy * (x > 0)


class SlopeAtTheKink(Right):
    """1 and slope are both right at 0, and so is anything between them; 2 is not."""

    def backward(self, dy, x, y):
        return dy * np.where(x == 0, 2, np.where(x > 0, 1, self.slope)).astype(x.dtype)


class UndeclaredJump(RightGap):
    kinks = ()

    def forward(self, x):
        return x + (x > 0)


class CutAtSix(Right):
    """Relu6 whose derivative goes on behind 6: only a declared kink leads the kit there."""

    kinks = (0.0, 6.0)

    def forward(self, x):
        return np.minimum(super().forward(x), 6)


class DerivativeOfLargeValuesForgotten(Right):
    def backward(self, dy, x, y):
        return super().backward(dy, x, y) * (np.abs(x) < 20)


class SigmoidThatOverflows(Right):
    def forward(self, x):
        return np.exp(x) / (1 + np.exp(x))

    def backward(self, dy, x, y):
        return dy * y * (1 - y)


class KeepsItsInput(Right):
    def forward(self, x):
        object.__setattr__(self, "x", x)
        return super().forward(x)

    def backward(self, dy, x, y):
        return super().backward(dy, self.x, y)


class InPlace(Right):
    def forward(self, x):
        x[x < 0] *= self.slope
        return x


class Rows(Right):
    def forward(self, x):
        return super().forward(x).reshape(len(x), -1)


class ForRowsAlone(Right):
    def forward(self, x):
        return super().forward(x) if x.ndim < 5 else super().forward(x)[0]


class Float64(Right):
    def forward(self, x):
        return super().forward(x) * np.linspace(1, 1, 1)


class UnknownInitializer(Right):
    initializer = "he_norml"


class NoFormula(Right):
    formula = ""


class NoGradientText(Right):
    gradient_formula = " "


class NoDocstring(Right):
    pass


class NoSource(Right):
    """A docstring without any hint at where this is from."""


MISTAKES = [
    (SoftmaxWhoseBackwardReturnsDy, "input_gradient"),
    (SoftmaxWithTheDiagonalAlone, "input_gradient"),
    (SoftmaxThatOverflows, "large_values_stay_finite"),
    (SoftmaxOverTheWrongAxis, "outputs_are_as_claimed"),
    (SoftmaxOverTheBatch, "predictions_do_not_mix_samples"),
    (NotProbabilities, "outputs_are_as_claimed"),
    (SignOfTheDerivative, "input_gradient"),
    (SlopeForgotten, "input_gradient"),
    (SlopeAtTheKink, "input_gradient_at_awkward_points"),
    (UndeclaredJump, "input_gradient_at_awkward_points"),
    (CutAtSix, "input_gradient_at_awkward_points"),
    (DerivativeOfLargeValuesForgotten, "input_gradient_at_awkward_points"),
    (SigmoidThatOverflows, "large_values_stay_finite"),
    (KeepsItsInput, "used_twice"),
    (KeepsItsInput, "keeps_nothing"),
    (InPlace, "arguments_stay_as_they_are"),
    (Rows, "examples_take_their_input"),
    (ForRowsAlone, "any_shape_is_taken"),
    (Float64, "float32_stays_float32"),
    (UnknownInitializer, "preferred_initializer_exists"),
    (NoFormula, "formula"),
    (NoGradientText, "gradient"),
    (NoDocstring, "docstring"),
    (NoSource, "source"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


def test_the_smallest_input_is_a_single_short_number(caught):
    # Right for x > 0, where the slope is 1. At 0, any slope between both sides would be right, and 0 is none.
    failure = caught(SlopeForgotten, "input_gradient")

    assert "[[0.]] float64 (1, 1)" in failure.input
    assert "between 0.1 and 1, the slope along x[0, 0]" in failure.expected
    assert failure.got == "0"
    failure = caught(SignOfTheDerivative, "input_gradient")
    assert failure.expected.startswith("between 0.1 and 1,")
    assert failure.got == "-0.1"


def test_a_jump_is_reported_as_one(caught):
    failure = caught(UndeclaredJump, "input_gradient_at_awkward_points")

    assert "the value jumps" in failure.got
    assert "continuous" in failure.hint


def test_a_class_whose_code_cannot_be_read_is_caught(caught):
    written: dict[str, Any] = {"Right": Right}
    exec("class Unreadable(Right):\n    'Source: none.'", written)

    assert "TypeError" in caught(written["Unreadable"], "source_code").got


def test_a_class_that_another_one_hides_is_caught(caught):
    hidden = subject_of("activation:tanh")
    with gn.registered("activation", "tanh", Right):
        assert "Right" in caught(hidden, "loads").got
