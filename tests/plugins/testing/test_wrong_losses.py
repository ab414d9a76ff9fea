"""Losses with one mistake each, and the check that is there for it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

import glassnet as gn


class Right(gn.Loss):
    """Mean squared error in which all is right. Source: Bishop (2006)."""

    scale: float = gn.option(1.0, gt=0, help="factor")

    formula = "L = scale sum (p - t)^2 / n"
    gradient_formula = "dp = 2 scale (p - t) / n"

    def forward(self, y_pred, y_true):
        return self.scale * float(np.mean(np.square(y_pred - y_true), dtype=np.float64))

    def backward(self, y_pred, y_true):
        return 2 * self.scale * (y_pred - y_true) / y_pred.size


class RightCrossentropy(gn.Loss):
    """Cross-entropy of rows or labels in which all is right. Source: Bishop (2006), equation 4.108."""

    weight: float = gn.option(1.0, gt=0, help="factor")

    formula = "L = -sum t log p / n"
    gradient_formula = "dp = -t / (p n)"
    prediction_type = "distribution"
    target_types = ("labels", "one_hot", "distribution")

    def prepare_targets(self, y, output_shape, dtype):
        if y.shape[1:] == output_shape[:-1]:
            if not ((y >= 0) & (y < output_shape[-1])).all():
                raise gn.DataError(f"labels {y.min()} to {y.max()} are not all in 0..{output_shape[-1] - 1}")
            return np.eye(output_shape[-1], dtype=dtype)[y.astype(int)]
        return super().prepare_targets(y, output_shape, dtype)

    def per_sample(self, y_pred, y_true):
        return -self.weight * np.sum(y_true * np.log(np.maximum(y_pred, 1e-12)), axis=-1)

    def backward(self, y_pred, y_true):
        return -self.weight * y_true / np.maximum(y_pred, 1e-12) / len(y_pred)

    def fuse(self, activation):
        return RightFused(self.weight) if activation.inverse_link == "softmax" else None


class RightFused(gn.Loss):
    """Softmax and cross-entropy in one. Source: Bishop (2006)."""

    weight: float = gn.option(1.0, gt=0, help="factor")

    def per_sample(self, y_pred, y_true):
        z = y_pred - y_pred.max(axis=-1, keepdims=True)
        return self.weight * (np.log(np.exp(z).sum(axis=-1)) - (y_true * z).sum(axis=-1))

    def backward(self, y_pred, y_true):
        e = np.exp(y_pred - y_pred.max(axis=-1, keepdims=True))
        return self.weight * (e / e.sum(axis=-1, keepdims=True) - y_true) / len(y_pred)


class RightOfGivenNumbers(gn.Loss):
    """Targets of no usual form: pairs of bounds, and predictions between them. Source: by definition."""

    formula = "L = mean of max(0, low - p)^2 + max(0, p - high)^2"
    gradient_formula = "dp = 2 (min(p - low, 0) + max(p - high, 0)) / n"
    examples: ClassVar[Any] = [("right_of_given_numbers", [[0.5], [2.0], [-1.0]], [[0.0, 1.0], [0.0, 1.0], [0.5, 1.0]])]

    def per_sample(self, y_pred, y_true):
        low, high = y_true[:, :1], y_true[:, 1:]
        return (np.minimum(y_pred - low, 0) ** 2 + np.maximum(y_pred - high, 0) ** 2)[:, 0]

    def backward(self, y_pred, y_true):
        low, high = y_true[:, :1], y_true[:, 1:]
        distance = np.minimum(y_pred - low, 0) + np.maximum(y_pred - high, 0)
        return (2 * distance / len(y_pred)).astype(y_pred.dtype)


@pytest.mark.parametrize("right", [Right, RightCrossentropy, RightOfGivenNumbers])
def test_a_right_loss_passes(right, passes):
    assert passes(right).checks_run >= 29


class GradientWithoutTheMean(Right):
    def backward(self, y_pred, y_true):
        return 2 * (y_pred - y_true)


class GradientDividedByTheSamplesAlone(Right):
    def backward(self, y_pred, y_true):
        return 2 * (y_pred - y_true) / len(y_pred)


class Halved(Right):
    """The value with a factor of one half, the derivative without it."""

    def forward(self, y_pred, y_true):
        return super().forward(y_pred, y_true) / 2


class SumInPlaceOfTheMean(Right):
    def forward(self, y_pred, y_true):
        return float(np.sum(np.square(y_pred - y_true)))

    def backward(self, y_pred, y_true):
        return 2 * (y_pred - y_true)


class EachIsTheMean(Right):
    def per_sample(self, y_pred, y_true):
        return np.full(len(y_pred), self.forward(y_pred, y_true))


class EachHasAllOutputs(Right):
    def per_sample(self, y_pred, y_true):
        return np.square(y_pred - y_true)


class MeanOfTheBatchTakenOff(Right):
    """Looks at differences from the batch's mean: the samples are no longer alone."""

    def forward(self, y_pred, y_true):
        error = y_pred - y_true
        return float(np.mean(np.square(error - error.mean(axis=0))))

    def backward(self, y_pred, y_true):
        error = y_pred - y_true
        return 2 * (error - error.mean(axis=0)) / error.size


class Negated(Right):
    def forward(self, y_pred, y_true):
        return -super().forward(y_pred, y_true)

    def backward(self, y_pred, y_true):
        return -super().backward(y_pred, y_true)


class ChangesThePredictions(Right):
    def backward(self, y_pred, y_true):
        y_pred -= y_true
        return 2 * y_pred / y_pred.size


class GradientAsARow(Right):
    def backward(self, y_pred, y_true):
        return super().backward(y_pred, y_true).ravel()


class ValueOfNumpy(Right):
    def forward(self, y_pred, y_true):
        return np.mean(np.square(y_pred - y_true))


class Float64Gradient(Right):
    def backward(self, y_pred, y_true):
        return super().backward(y_pred, y_true) * np.float64(1.0)


class OverflowsInFloat32(Right):
    """Squares of squares: 1e4 to the tenth power is more than float32 holds."""

    def forward(self, y_pred, y_true):
        return float(np.mean((y_pred - y_true) ** 10))

    def backward(self, y_pred, y_true):
        return 10 * (y_pred - y_true) ** 9 / y_pred.size


class TargetsOfAnyShape(Right):
    def prepare_targets(self, y, output_shape, dtype):
        return y.astype(dtype)


class LogarithmOfZero(RightCrossentropy):
    def per_sample(self, y_pred, y_true):
        return -np.sum(y_true * np.log(y_pred), axis=-1)


class DivisionByZero(RightCrossentropy):
    def backward(self, y_pred, y_true):
        return -y_true / y_pred / len(y_pred)


class LabelsCountedFromOne(RightCrossentropy):
    def prepare_targets(self, y, output_shape, dtype):
        if y.shape[1:] == output_shape[:-1]:
            return np.eye(output_shape[-1], dtype=dtype)[y.astype(int) - 1]
        return super().prepare_targets(y, output_shape, dtype)


class FusedWithoutItsOption(RightCrossentropy):
    weight: float = gn.option(0.5, gt=0, help="factor")

    def fuse(self, activation):
        return RightFused() if activation.inverse_link == "softmax" else None


class _FusedWithoutTheMean(RightFused):
    """A fused loss whose derivative is not divided by the number of samples."""

    def backward(self, y_pred, y_true):
        return super().backward(y_pred, y_true) * len(y_pred)


class FusedWithoutTheMean(RightCrossentropy):
    def fuse(self, activation):
        return _FusedWithoutTheMean() if activation.inverse_link == "softmax" else None


class LastTargetsOnTheClass(Right):
    kept: ClassVar[dict[str, Any]] = {}

    def forward(self, y_pred, y_true):
        self.kept["error"] = y_pred - y_true
        return super().forward(y_pred, y_true)

    def backward(self, y_pred, y_true):
        return 2 * self.kept["error"] / y_pred.size


class GradientOfExactHitsWrong(Right):
    def backward(self, y_pred, y_true):
        return super().backward(y_pred, y_true) + 1.0 * (y_pred == y_true)


class ValueWithTwoMeans(Right):
    """The value that comes with the gradient is another than forward's."""

    def value_and_gradient(self, y_pred, y_true):
        return self.forward(y_pred, y_true) / len(y_pred), self.backward(y_pred, y_true)


class FusedGradientOfOneRow(RightFused):
    """The gradient that comes with the value is right for one sample alone."""

    def value_and_gradient(self, y_pred, y_true):
        return self.forward(y_pred, y_true), self.backward(y_pred, y_true) * len(y_pred)


class FusedWithAnotherGradient(RightCrossentropy):
    def fuse(self, activation):
        return FusedGradientOfOneRow(self.weight) if activation.inverse_link == "softmax" else None


class UnknownForm(Right):
    target_types = ("vlaues",)


class TooLargeAStep(Right):
    """A gradient in whose direction the loss does not fall for the step size of everybody else."""

    scale: float = gn.option(50.0, gt=0, help="factor")


MISTAKES = [
    (GradientWithoutTheMean, "gradient_of_predictions"),
    (GradientDividedByTheSamplesAlone, "gradient_of_predictions"),
    (Halved, "gradient_of_predictions"),
    (SumInPlaceOfTheMean, "mean_over_samples"),
    (EachIsTheMean, "loss_of_each_sample"),
    (EachHasAllOutputs, "loss_of_each_sample"),
    (MeanOfTheBatchTakenOff, "gradient_of_each_sample"),
    (Negated, "right_costs_less_than_wrong"),
    (ChangesThePredictions, "arguments_stay_as_they_are"),
    (GradientAsARow, "shapes"),
    (ValueOfNumpy, "float32_stays_float32"),
    (Float64Gradient, "float32_stays_float32"),
    (OverflowsInFloat32, "extreme_predictions_stay_finite"),
    (TargetsOfAnyShape, "unfitting_targets_are_refused"),
    (LogarithmOfZero, "extreme_predictions_stay_finite"),
    (DivisionByZero, "extreme_predictions_stay_finite"),
    (LabelsCountedFromOne, "right_costs_less_than_wrong"),
    (FusedWithoutItsOption, "fused_form_is_the_same"),
    (FusedWithoutTheMean, "fused_form_is_the_same"),
    (LastTargetsOnTheClass, "used_twice"),
    (GradientOfExactHitsWrong, "gradient_at_awkward_points"),
    (ValueWithTwoMeans, "value_and_gradient_are_both"),
    (FusedWithAnotherGradient, "value_and_gradient_are_both"),
    (UnknownForm, "targets_are_as_declared"),
    (TooLargeAStep, "training_lowers_it"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


def test_the_missing_mean_is_told_with_both_numbers(caught):
    failure = caught(GradientWithoutTheMean, "gradient_of_predictions")

    # One sample of three outputs: the mean divides by three.
    assert float(failure.got) == pytest.approx(3 * float(failure.expected.split(",")[0]), rel=1e-4)
    assert "1/n" in failure.hint


def test_an_unknown_form_of_targets_is_named(caught):
    assert "'vlaues', did you mean 'values'?" in caught(UnknownForm, "targets_are_as_declared").got
