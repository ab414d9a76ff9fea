"""Losses, optimizers, constraints, schedules, metrics and callbacks, wrong after a while or for large arrays alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


class RightLoss(gn.Loss):
    """The squared error. Source: by definition."""

    formula = "L = mean (p - t)^2"
    gradient_formula = "dp = 2 (p - t) / n"

    def per_sample(self, y_pred, y_true):
        return np.square(y_pred - y_true).reshape(len(y_pred), -1).mean(axis=1)

    def backward(self, y_pred, y_true):
        return 2 * (y_pred - y_true) / y_pred.size


class ReadsFortranOrderWrong(RightLoss):
    """Takes the order of memory for the order of the array. Source: none."""

    def per_sample(self, y_pred, y_true):
        return super().per_sample(y_pred.ravel("K").reshape(y_pred.shape), y_true)


class HalfOfLargeBatches(RightLoss):
    """Value and gradient at once are half a gradient beyond 64 samples. Source: none."""

    def value_and_gradient(self, y_pred, y_true):
        factor = 1 if len(y_pred) < 64 else 0.5
        return self.forward(y_pred, y_true), factor * self.backward(y_pred, y_true)


class EightOutputs(RightLoss):
    """The gradient of further outputs than eight is left out. Source: none."""

    def backward(self, y_pred, y_true):
        dp = super().backward(y_pred, y_true)
        dp[..., 8:] = 0
        return dp


class ThreeClasses(gn.Loss):
    """Takes each label above 2 for 2. Source: none."""

    formula = "L = mean of log sum exp(z) - z_c"
    gradient_formula = "dz = (softmax(z) - one_hot(c)) / n"
    prediction_type = "logits"
    target_types = ("labels",)

    def prepare_targets(self, y, output_shape, dtype):
        if y.shape[1:] != output_shape[:-1]:
            raise gn.ShapeError(f"expected labels of shape (batch, *{output_shape[:-1]}), got {y.shape}")
        return np.minimum(y.astype(np.int64), 2)

    def per_sample(self, y_pred, y_true):
        z = y_pred - y_pred.max(axis=-1, keepdims=True)
        cost = np.log(np.exp(z).sum(axis=-1)) - np.take_along_axis(z, y_true[..., None], -1)[..., 0]
        return cost.reshape(len(y_pred), -1).mean(axis=1)

    def backward(self, y_pred, y_true):
        e = np.exp(y_pred - y_pred.max(axis=-1, keepdims=True))
        one_hot = np.eye(y_pred.shape[-1], dtype=y_pred.dtype)[y_true]
        return (e / e.sum(axis=-1, keepdims=True) - one_hot) / y_true.size


class RightOptimizer(gn.Optimizer):
    """Steps along the gradient. Source: by definition."""

    lr: float = gn.option(0.01, gt=0, help="step size")
    formula = "p = p - lr g"

    def update(self, p, g, state, lr, t):
        p -= lr * g


class TurnsRound(RightOptimizer):
    """Uphill from step 50 on. Source: none."""

    def update(self, p, g, state, lr, t):
        p -= lr * g * (1 if t < 50 else -1)


class DecayAfterAWhile(RightOptimizer):
    """Decay that is not declared, from step 20 on. Source: none."""

    def update(self, p, g, state, lr, t):
        if t > 20:
            p *= 1 - 0.1 * lr
        p -= lr * g


class EverySecondOfMany(RightOptimizer):
    """Of more than 5,000 elements it moves every second one. Source: none."""

    def update(self, p, g, state, lr, t):
        every = 2 if p.size > 5000 else 1
        p[::every] -= lr * g[::every]


class NesterovWithoutEffect(RightOptimizer):
    """Nothing depends on nesterov. Source: none."""

    nesterov: bool = gn.option(False, help="look ahead")


class SmallWeightsAlone(gn.Constraint):
    """Leaves arrays of a thousand values and more as they are. Source: none."""

    formula = "w = max(w, 0)"

    def project(self, w):
        if w.size < 1000:
            np.maximum(w, 0, out=w)


class RightSchedule(gn.Schedule):
    """The same step size throughout. Source: by definition."""

    formula = "lr = base_lr"

    def lr(self, step, total_steps, base_lr):
        return base_lr


class OptionOfADeadBranch(RightSchedule):
    """The option counts before the first step. Source: none."""

    steps: int = gn.option(10, ge=1, help="length of the rise")

    def lr(self, step, total_steps, base_lr):
        return base_lr * step / self.steps if step < 0 else base_lr


class BelowZeroAtAFarEnd(RightSchedule):
    """The last of more than 5,000 steps has a size below 0. Source: none."""

    def lr(self, step, total_steps, base_lr):
        return -base_lr if step == total_steps - 1 > 5000 else base_lr


class RightMetric(gn.Metric):
    """The mean error. Source: by definition."""

    formula = "mean of |y_pred - y_true|"
    higher_is_better = False

    def reset(self):
        self._total = self._weight = 0.0
        self._batches = 0

    def update(self, y_true, y_pred, sample_weight=None):
        errors = np.abs(np.subtract(y_pred, y_true, dtype=np.float64)).reshape(len(y_true), -1).mean(axis=1)
        weights = np.ones(len(errors)) if sample_weight is None else sample_weight
        self._total += float(weights @ errors)
        self._weight += float(weights.sum())
        self._batches += 1

    def compute(self):
        return self._total / self._weight if self._weight else math.nan


class DividesByWeightsOfZero(RightMetric):
    """Looks whether there were batches, and not whether they had a weight. Source: none."""

    def compute(self):
        return self._total / self._weight if self._batches else math.nan


class ResultChangesTheTotals(RightMetric):
    """After compute() the batches so far count as one sample. Source: none."""

    def compute(self):
        if self._weight:
            self._total, self._weight = self._total / self._weight, 1.0
        return self._total if self._weight else math.nan


class ReadsTargetsInTheOrderOfMemory(RightMetric):
    """Takes the order of memory for the order of the array. Source: none."""

    def update(self, y_true, y_pred, sample_weight=None):
        super().update(y_true.ravel("K").reshape(y_true.shape), y_pred, sample_weight)


class ForgetsBetweenTwoSteps(gn.Callback):
    """What it learns at steps 5 and 6 is not saved, and counts after step 6 alone. Source: none."""

    def on_run_start(self, run):
        run.state_of(self)._factor = 1.0

    def on_batch_start(self, run):
        memory = run.state_of(self)
        if run.step in (5, 6):
            memory._factor *= 0.5
        run.lr_scale = memory._factor if run.step > 6 else 1.0


RIGHT = [RightLoss, RightOptimizer, RightSchedule, RightMetric]

MISTAKES = [
    (ReadsFortranOrderWrong, "views_are_read_right"),
    (HalfOfLargeBatches, "value_and_gradient_are_both"),
    (EightOutputs, "other_numbers_of_outputs"),
    (ThreeClasses, "other_numbers_of_outputs"),
    (TurnsRound, "descends_a_bowl"),
    (DecayAfterAWhile, "no_gradient_no_step"),
    (EverySecondOfMany, "elements_are_treated_alone"),
    (NesterovWithoutEffect, "each_option_counts"),
    (SmallWeightsAlone, "changes_what_is_not_allowed"),
    (OptionOfADeadBranch, "each_option_counts"),
    (BelowZeroAtAFarEnd, "step_sizes_are_finite"),
    (DividesByWeightsOfZero, "small_passes_are_passes"),
    (ResultChangesTheTotals, "result_can_be_asked_again"),
    (ReadsTargetsInTheOrderOfMemory, "views_are_read_right"),
    (ForgetsBetweenTwoSteps, "training_can_be_continued"),
]


@pytest.mark.parametrize("right", RIGHT)
def test_a_right_component_passes(right, passes):
    passes(right)


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)
