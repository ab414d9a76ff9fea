"""A component beside the counterpart that it declares: NumPy is always there, PyTorch and scikit-learn perhaps."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.registry import resolve
from glassnet_schedules.reduce_on_plateau import ReduceOnPlateau
from glassnet_testing import report_on
from tests.plugins.testing.test_right_components import RightActivation, RightLayer


class Tanh(RightActivation):
    """The hyperbolic tangent of a multiple. Source: by definition."""

    factor: float = gn.option(1.0, gt=0, help="steepness")
    checks = gn.Checks(counterpart="numpy.tanh(factor * x)")

    def forward(self, x):
        return np.tanh(self.factor * x)

    def backward(self, dy, x, y):
        return dy * self.factor * (1 - y * y)


class Arctangent(Tanh):
    """Another curve than the one it names. Source: none."""

    def forward(self, x):
        return np.arctan(self.factor * x)

    def backward(self, dy, x, y):
        return dy * self.factor / (1 + np.square(self.factor * x))


class SlopeForgotten(Tanh):
    """Equal at the default alone. Source: none."""

    checks = gn.Checks(counterpart="numpy.tanh(x * factor / factor)")


class Elsewhere(Tanh):
    """A counterpart of a library that does not exist. Source: by definition."""

    checks = gn.Checks(counterpart="no_such_library.tanh")


class Misspelt(Tanh):
    """A name that NumPy does not have. Source: by definition."""

    checks = gn.Checks(counterpart="numpy.tahn")


class NotACall(Tanh):
    """A text that Python does not read. Source: by definition."""

    checks = gn.Checks(counterpart="numpy.tanh(")


class UnknownOption(Tanh):
    """An option that it does not have. Source: by definition."""

    checks = gn.Checks(counterpart="numpy.tanh(slope * x)")


class Absolute(gn.Metric):
    """The largest error. Source: by definition."""

    formula = "max |y_pred - y_true|"
    higher_is_better = False
    checks = gn.Checks(counterpart="sklearn.metrics.max_error(y_true.ravel(), y_pred.ravel())")

    def reset(self):
        self._largest = math.nan

    def update(self, y_true, y_pred):
        self._largest = float(np.fmax(self._largest, np.abs(y_true - y_pred).max(initial=0)))

    def compute(self):
        return self._largest


class Squared(Absolute):
    """The square of what it names. Source: none."""

    def compute(self):
        return self._largest**2


class Adam(gn.Optimizer):
    """Adam in its plainest form. Source: Kingma and Ba (2015)."""

    lr: float = gn.option(0.01, gt=0, help="step size")
    beta: float = gn.option(0.9, ge=0, lt=1, help="part of the mean that is kept")
    epsilon: float = gn.option(1e-8, gt=0, help="keeps the division finite")
    formula = "p = p - lr m / (1 - beta^t) / (sqrt(v / (1 - 0.999^t)) + epsilon)"
    slots = ("m", "v")
    checks = gn.Checks(counterpart="torch.optim.Adam(betas=(beta, 0.999), eps=epsilon)")
    first = 0

    def update(self, p, g, state, lr, t):
        m, v = state["m"], state["v"]
        m += (1 - self.beta) * (g - m)
        v += 0.001 * (g * g - v)
        t += self.first
        p -= lr * m / (1 - self.beta**t) / self.divisor(v / (1 - 0.999**t))

    def divisor(self, v):
        return np.sqrt(v) + self.epsilon


class EpsilonInTheRoot(Adam):
    """Differs where the epsilon is large alone. Source: none."""

    def divisor(self, v):
        return np.sqrt(v + self.epsilon**2)


class AdamCountsFromTwo(Adam):
    """Corrects each bias as if there had been one step more. Source: none."""

    first = 1


class Cosine(gn.Schedule):
    """Half a cosine. Source: Loshchilov and Hutter (2017)."""

    formula = "lr = base_lr (1 + cos(pi step / total_steps)) / 2"
    checks = gn.Checks(counterpart="torch.optim.lr_scheduler.CosineAnnealingLR(T_max=total_steps)")

    def lr(self, step, total_steps, base_lr):
        return base_lr * (1 + math.cos(math.pi * step / total_steps)) / 2


class CosineEndsEarly(Cosine):
    """Arrives where it should one step too early. Source: none."""

    def lr(self, step, total_steps, base_lr):
        return base_lr * (1 + math.cos(math.pi * (step + 0.9) / total_steps)) / 2


class Bce(gn.Loss):
    """The cross-entropy of answers, from logits. Source: Bishop (2006)."""

    formula = "L = mean log(1 + exp(z)) - t z"
    gradient_formula = "dz = (sigmoid(z) - t) / n"
    prediction_type = "logits"
    target_types = ("binary",)
    checks = gn.Checks(counterpart="torch.nn.BCEWithLogitsLoss")

    def per_sample(self, y_pred, y_true):
        return (np.logaddexp(0, y_pred) - y_true * y_pred).reshape(len(y_pred), -1).mean(axis=1).astype(y_pred.dtype)

    def backward(self, y_pred, y_true):
        return (np.exp(-np.logaddexp(0, -y_pred)) - y_true).astype(y_pred.dtype) / y_pred.size


class BceInBits(Bce):
    """The same in bits. Source: none."""

    def per_sample(self, y_pred, y_true):
        return super().per_sample(y_pred, y_true) / math.log(2)

    def backward(self, y_pred, y_true):
        return super().backward(y_pred, y_true) / math.log(2)


class Glu(RightLayer):
    """A gated half. Source: Dauphin et al. (2017)."""

    examples = (("glu", (6,)),)
    checks = gn.Checks(counterpart="torch.nn.functional.glu")

    def output_shape(self, shape):
        if not shape or shape[-1] % 2:
            raise gn.ShapeError(f"expected an even number of features, got {shape}")
        return (*shape[:-1], shape[-1] // 2)

    def forward(self, params, x, ctx):
        value, gate = np.split(x, 2, axis=-1)
        opened = np.exp(-np.logaddexp(0, -gate)).astype(x.dtype)
        return value * opened, (value, opened)

    def backward(self, params, cache, dy, grads, ctx):
        value, opened = cache
        return np.concatenate([dy * opened, dy * value * opened * (1 - opened)], axis=-1)


class GluOfTheOtherHalf(Glu):
    """The first half is the gate. Source: none."""

    def forward(self, params, x, ctx):
        return super().forward(params, np.roll(x, x.shape[-1] // 2, axis=-1), ctx)

    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        return np.roll(dx, dx.shape[-1] // 2, axis=-1)


def test_what_equals_numpys_passes(passes):
    passes(Tanh)


@pytest.mark.parametrize("wrong", [Arctangent, SlopeForgotten])
def test_another_function_is_caught(wrong, caught):
    caught(wrong, "equals_its_counterpart")


def test_a_function_that_is_equal_at_the_default_alone_is_caught(caught):
    assert caught(SlopeForgotten, "equals_its_counterpart").input.startswith("slope_forgotten(factor=")


@pytest.mark.parametrize(
    ("wrong", "told"), [(Misspelt, "tahn"), (NotACall, "never closed"), (UnknownOption, "'slope' is not defined")]
)
def test_a_declaration_that_cannot_be_used_is_told(wrong, told, caught):
    assert told in caught(wrong, "equals_its_counterpart").got


def test_a_library_that_is_not_installed_is_a_reason_to_skip(passes):
    report = passes(Elsewhere)
    (skipped,) = report.of("skipped")
    assert skipped.check.name == "equals_its_counterpart"
    assert "no_such_library is not installed" in skipped.excuse


def test_without_a_declaration_nobody_is_asked():
    names = [outcome.check.name for outcome in report_on("activation:prelu").outcomes]
    assert "equals_its_counterpart" not in names


def test_metrics_are_compared_with_scikit_learn(passes, caught):
    pytest.importorskip("sklearn")
    passes(Absolute)
    caught(Squared, "equals_its_counterpart")


class Jaccard(resolve("metric", "f1")):
    """Another figure of the same counts. Source: none."""

    def figures(self, right, predicted, actual):
        return right / np.maximum(predicted + actual - right, 1)


class WeightedByPredictions(resolve("metric", "precision")):
    """One average goes by the predictions of a class, not by its samples. Source: none."""

    def compute(self):
        if self.average != "weighted" or self.of is not None:
            return super().compute()
        right, predicted, _ = self._counts
        return float(self.figures(right, predicted, predicted) @ predicted / predicted.sum())


class AccuracyOfSecond(resolve("metric", "accuracy")):
    """Counts half of the right predictions of class 0. Source: none."""

    def update(self, y_true, y_pred, sample_weight=None):
        super().update(y_true, y_pred, sample_weight)
        self._right -= 0.5 * float(np.sum(y_true.reshape(len(y_true), -1)[:, -1] == 0) > 0)


@pytest.mark.parametrize("wrong", [Jaccard, WeightedByPredictions, AccuracyOfSecond])
def test_figures_of_classes_are_compared_with_scikit_learn(wrong, caught):
    pytest.importorskip("sklearn")
    caught(wrong, "equals_its_counterpart")


@pytest.mark.parametrize("right", [Adam, Cosine, Bce, Glu])
def test_what_equals_pytorchs_passes(right, passes):
    pytest.importorskip("torch")
    passes(right)


@pytest.mark.parametrize("wrong", [AdamCountsFromTwo, EpsilonInTheRoot, CosineEndsEarly, BceInBits, GluOfTheOtherHalf])
def test_what_only_pytorch_can_tell_is_caught(wrong, caught):
    pytest.importorskip("torch")
    caught(wrong, "equals_its_counterpart")


class DropsEarlier(ReduceOnPlateau):
    """Counts the sixth epoch without improvement twice. Source: none."""

    def on_validation_end(self, run):
        super().on_validation_end(run)
        memory = run.state_of(self)
        memory.epochs_without_improvement += memory.epochs_without_improvement == 6


def test_a_schedule_that_reacts_is_compared_over_a_run(caught):
    pytest.importorskip("torch")
    failure = caught(DropsEarlier, "equals_its_counterpart")
    assert "the factor of lr=" in failure.input
