"""Gradients against the tape: mistakes that are too small for differences, and where the tape is not asked."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_testing import checks_of, parametrize_with_checks, report_on, subject_of
from glassnet_testing.runner.check import NotChecked


class NearlyTanh(gn.Activation):
    """tanh, with a derivative that is wrong in the ninth digit. Source: by definition."""

    formula = "y = tanh(x)"
    gradient_formula = "dx = dy (1 - y^2)"

    def forward(self, x):
        return np.tanh(x)

    def backward(self, dy, x, y):
        return dy * (1 - y * y) * (1 + 1e-9)


class NearlyScale(gn.Layer):
    """A factor for each feature, with a derivative that is wrong in the ninth digit. Source: by definition."""

    formula = "y = a x"
    gradient_formula = "da = sum dy x,  dx = a dy"

    def parameters(self, shape):
        return {"a": gn.Parameter(shape, initializer="ones")}

    def forward(self, params, x, ctx):
        return x * params["a"], x

    def backward(self, params, cache, dy, grads, ctx):
        grads["a"][...] = (dy * cache).sum(axis=0) * (1 + 1e-9)
        return dy * params["a"]


class NearlySquare(gn.Loss):
    """Squared differences, with a derivative that is wrong in the ninth digit. Source: by definition."""

    formula = "L = mean (p - t)^2"
    gradient_formula = "dp = 2 (p - t) / n"

    def forward(self, y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2).item()

    def backward(self, y_pred, y_true):
        return 2 * (1 + 1e-9) * (y_pred - y_true) / y_pred.size


class NearlyRidge(gn.Regularizer):
    """A sum of squares, with a derivative that is wrong in the ninth digit. Source: by definition."""

    formula = "penalty = sum w^2,  dw = 2 w"

    def penalty(self, w):
        return np.sum(w * w).item()

    def gradient(self, w):
        return 2 * (1 + 1e-9) * w


CHECKS = {
    NearlyTanh: "input_gradient",
    NearlyScale: "parameter_gradients",
    NearlySquare: "gradient_of_predictions",
    NearlyRidge: "gradient_of_the_penalty",
}


@pytest.mark.parametrize("component", CHECKS)
def test_a_mistake_in_the_ninth_digit_is_caught(component, caught):
    failure = caught(component, CHECKS[component])
    expected, got = float(failure.expected.partition(",")[0]), float(failure.got)
    assert got / expected == pytest.approx(1 + 1e-9, abs=1e-12)


class Foreign(gn.Activation):
    """arcsinh, unknown to the tape, with a derivative that is wrong in the ninth digit. Source: by definition."""

    formula = "y = arcsinh(x)"
    gradient_formula = "dx = dy / sqrt(1 + x^2)"

    def forward(self, x):
        return np.apply_along_axis(np.arcsinh, -1, x)

    def backward(self, dy, x, y):
        return dy / np.sqrt(1 + x * x) * (1 + 1e-9)


class ForeignLoss(gn.Loss):
    """The square of arcsinh, likewise. Source: by definition."""

    formula = "L = mean arcsinh(p - t)^2"
    gradient_formula = "dp = 2 arcsinh(p - t) / sqrt(1 + (p - t)^2) / n"

    def forward(self, y_pred, y_true):
        return float(np.mean(np.apply_along_axis(np.arcsinh, -1, y_pred - y_true) ** 2))

    def backward(self, y_pred, y_true):
        d = y_pred - y_true
        return 2 * np.arcsinh(d) / np.sqrt(1 + d * d) / d.size


class ForeignPenalty(gn.Regularizer):
    """A sum of arcsinh squared. Source: by definition."""

    formula = "penalty = sum arcsinh(w)^2,  dw = 2 arcsinh(w) / sqrt(1 + w^2)"

    def penalty(self, w):
        return float(np.sum(np.apply_along_axis(np.arcsinh, -1, w) ** 2))

    def gradient(self, w):
        return 2 * np.arcsinh(w) / np.sqrt(1 + w * w)


@pytest.mark.parametrize("component", [Foreign, ForeignLoss, ForeignPenalty])
def test_what_the_tape_cannot_follow_is_compared_with_differences_alone(component):
    checks = [check for check in checks_of(subject_of(component)) if "gradient" in check.name]
    assert checks
    for check in checks:
        if check.name == "gradient_of_the_tape":
            with pytest.raises(
                NotChecked, match=r"only differences were compared \(TracingError: .*np\.apply_along_axis has no der"
            ):
                check.failure(subject_of(component))
        else:
            assert check.failure(subject_of(component)) is None, check.name


class Alone(gn.Activation):
    """tanh, whose derivative is left to the tape. Source: by definition."""

    formula = "y = tanh(x)"
    gradient_formula = "derived"
    initializer = "glorot_uniform"

    def forward(self, x):
        return np.tanh(x)


def test_a_component_with_forward_alone_passes_the_whole_kit(passes):
    passes(Alone)


class NotToBeFollowed(gn.Activation):
    """A tanh that is computed from a plain array. Source: LeCun (1998)."""

    formula = "y = tanh(x)"
    gradient_formula = "dx = dy (1 - y^2)"

    def forward(self, x):
        return np.tanh(np.asarray(x))

    def backward(self, dy, x, y):
        return dy * (1 - y * y)


def test_what_the_tape_cannot_follow_is_said_and_is_no_failure():
    report = report_on(NotToBeFollowed)
    assert report.passed, str(report)
    (skipped,) = report.of("skipped")
    assert skipped.check.name == "gradient_of_the_tape"
    assert "only differences were compared" in skipped.excuse
    assert "traced array cannot become a plain one" in skipped.excuse
    assert "1 skipped" in report.summary


def test_in_a_test_it_is_a_skip():
    parameters = parametrize_with_checks([NotToBeFollowed]).args[1]
    (one,) = (each for each in parameters if "gradient_of_the_tape" in each.id)
    with pytest.raises(pytest.skip.Exception, match="only differences were compared"):
        one.values[0]()


def test_what_it_follows_is_compared():
    report = report_on("activation:tanh")
    assert "gradient_of_the_tape" in {outcome.check.name for outcome in report.of("passed")}
