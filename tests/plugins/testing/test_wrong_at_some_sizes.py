"""Components that are right up to a limit: of values, batches, lengths, classes, steps."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_testing import subject_of
from glassnet_testing.cases.conditions import dropped_values_are_made_up_for
from glassnet_testing.checks.thresholds import values_of_any_size
from tests.plugins.testing.test_right_components import RightActivation, RightLayer
from tests.plugins.testing.test_right_of_other_kinds import BalancedAccuracy
from tests.plugins.testing.test_wrong_layers import Right


class JumpsAbove127(RightActivation):
    """Takes numbers for signed bytes; the slope is 1 on both sides. Source: none."""

    def forward(self, x):
        return np.where(x > 127, x - 256, x)

    def backward(self, dy, x, y):
        return dy


class JumpsAtADeclaredPlace(JumpsAbove127):
    """The same by intent. Source: by definition."""

    checks = gn.Checks(kinks=(127.0,))


class FlatAbove300(RightActivation):
    """Is cut off where backward does not know of it. Source: none."""

    def forward(self, x):
        return np.clip(x, -300, 300)

    def backward(self, dy, x, y):
        return dy


class FastSine(RightActivation):
    """Many bends between two places that are looked at. Source: Sitzmann et al. (2020)."""

    def forward(self, x):
        return np.sin(30 * x)

    def backward(self, dy, x, y):
        return 30 * dy * np.cos(30 * x)


@pytest.mark.parametrize("wrong", [JumpsAbove127, FlatAbove300])
def test_what_changes_beyond_a_value_is_found(caught, wrong):
    caught(wrong, "values_of_any_size")


@pytest.mark.parametrize("right", [JumpsAtADeclaredPlace, FastSine])
def test_declared_jumps_and_fast_waves_are_right(right):
    assert values_of_any_size.failure(subject_of(right)) is None


def test_a_jump_is_reported_at_its_place(caught):
    failure = caught(JumpsAbove127, "values_of_any_size")
    assert "127" in failure.input
    assert failure.got == "none: the value jumps"


class ForgetsBeyond512(Right):
    """Works in blocks, of which it knows one. Source: none."""

    def backward(self, params, cache, dy, grads, ctx):
        super().backward(params, cache[:512], dy[:512], grads, ctx)
        return dy @ params["weights"].T


class OfSevens(RightLayer):
    """Turns batches of seven around. Source: none."""

    def forward(self, params, x, ctx):
        return (np.flip(x, 0) if len(x) % 7 == 0 else x) * 1.0, None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


class ForgetsEarlySteps(RightLayer):
    """Goes back 50 steps in time. Source: none."""

    examples = (("forgets_early_steps", (5, 2)),)

    def output_shape(self, shape):
        if len(shape) != 2:
            raise gn.ShapeError("expected (time, features)")
        return shape

    def forward(self, params, x, ctx):
        return np.cumsum(x, axis=1), None

    def backward(self, params, cache, dy, grads, ctx):
        dx = np.cumsum(dy[:, ::-1], axis=1)[:, ::-1].copy()
        dx[:, 50:] = dy[:, 50:]
        return dx


@pytest.mark.parametrize("wrong", [ForgetsBeyond512, OfSevens, ForgetsEarlySteps])
def test_what_changes_with_a_number_of_samples_or_steps_is_found(caught, wrong):
    caught(wrong, "sizes_of_any_kind")


class CutWeights(Right):
    """Takes no weight above 2 for what it is. Source: none."""

    def forward(self, params, x, ctx):
        return super().forward({**params, "weights": np.clip(params["weights"], -2, 2)}, x, ctx)


def test_parameters_that_are_cut_are_found(caught):
    caught(CutWeights, "parameters_of_any_size")


class SmallerInPredictions(RightLayer):
    """Makes up for what is dropped twice. Source: none."""

    def forward(self, params, x, ctx):
        if not ctx.training:
            return x * x.dtype.type(0.7), x.dtype.type(0.7)
        factors = ((ctx.rng.random(x.shape) < 0.7) / 0.7).astype(x.dtype)
        return x * factors, factors

    def backward(self, params, cache, dy, grads, ctx):
        return dy * cache


class ClassicDropout(SmallerInPredictions):
    """Makes up for it in predictions alone. Source: Srivastava et al. (2014)."""

    def forward(self, params, x, ctx):
        if not ctx.training:
            return super().forward(params, x, ctx)
        factors = (ctx.rng.random(x.shape) < 0.7).astype(x.dtype)
        return x * factors, factors


def test_dropout_that_is_made_up_for_twice_is_found(caught):
    caught(SmallerInPredictions, "dropped_values_are_made_up_for")


def test_dropout_that_is_made_up_for_in_predictions_is_right():
    assert dropped_values_are_made_up_for.failure(subject_of(ClassicDropout)) is None


class SameNoiseInEachStep(RightLayer):
    """Draws random numbers of its own. Source: none."""

    def forward(self, params, x, ctx):
        factors = np.random.default_rng(0).choice([0.0, 2.0], x.shape) if ctx.training else np.ones(x.shape)
        return (x * factors).astype(x.dtype), factors

    def backward(self, params, cache, dy, grads, ctx):
        return (dy * cache).astype(dy.dtype)


def test_random_numbers_that_never_change_are_found(caught):
    caught(SameNoiseInEachStep, "random_numbers_change")


class ForgivesLargeErrors(gn.Loss):
    """Leaves out what is further off than 30. Source: none."""

    formula = "L = mean of d^2"
    gradient_formula = "dp = 2 d / n"

    def per_sample(self, y_pred, y_true):
        away = y_pred - y_true
        return np.where(np.abs(away) > 30, 0, away * away).mean(axis=-1)

    def backward(self, y_pred, y_true):
        away = y_pred - y_true
        return np.where(np.abs(away) > 30, 0, 2 * away) / y_pred.size


def test_a_loss_that_jumps_at_large_errors_is_found(caught):
    caught(ForgivesLargeErrors, "predictions_of_any_size")


class TurnsBackAtStep500(gn.Optimizer):
    """Climbs after many steps. Source: none."""

    lr: float = gn.option(0.1, gt=0, help="step size")
    formula = "p = p - lr g"

    def update(self, p, g, state, lr, t):
        p -= lr * g if t <= 500 else -lr * g


def test_an_optimizer_that_turns_back_late_is_found(caught):
    failure = caught(TurnsBackAtStep500, "late_steps")
    assert "steps 1000 to 1040" in failure.input


class AccuracyOf30Classes(gn.Metric):
    """Looks at 30 scores. Source: none."""

    formula = "hits / n"
    target_types = ("labels",)
    higher_is_better = True

    def reset(self):
        self._hits = self._samples = 0

    def update(self, y_true, y_pred):
        self._hits += int((y_pred[..., :30].argmax(axis=-1) == y_true).sum())
        self._samples += y_true.size

    def compute(self):
        return self._hits / self._samples if self._samples else float("nan")


class LastThousand(AccuracyOf30Classes):
    """Remembers a thousand samples. Source: none."""

    def reset(self):
        self._hits = []

    def update(self, y_true, y_pred):
        self._hits = [*self._hits, *(y_pred.argmax(axis=-1) == y_true).tolist()][-1000:]

    def compute(self):
        return float(np.mean(self._hits)) if self._hits else float("nan")


def test_a_metric_of_some_classes_alone_is_found(caught):
    caught(AccuracyOf30Classes, "many_classes")


def test_a_metric_that_forgets_early_samples_is_found(caught):
    caught(LastThousand, "order_does_not_matter")


class AccuracyOfFiveClasses(AccuracyOf30Classes):
    """Has a table of its own, and refuses other classes. Source: by definition."""

    def update(self, y_true, y_pred):
        if y_pred.shape[-1] > 5:
            raise IndexError("of five classes at most")
        super().update(y_true, y_pred)


class SquaresInFloat32(AccuracyOf30Classes):
    """Adds up a batch in the precision of the predictions. Source: by definition."""

    target_types = ("values",)
    higher_is_better = False

    def update(self, y_true, y_pred):
        self._hits += float(np.sum((y_true - y_pred) ** 2))
        self._samples += y_pred.size


def test_a_metric_that_adds_up_in_float32_is_right(passes):
    passes(SquaresInFloat32)


def test_a_metric_that_refuses_many_classes_is_right(passes):
    passes(AccuracyOfFiveClasses)


def test_a_metric_that_averages_over_classes_is_right(passes):
    passes(BalancedAccuracy)


class CountsAloneInPrediction(RightLayer):
    """Changes its state in a prediction of one sample. Source: none."""

    def state(self, shape):
        return {"passes": np.zeros(1)}

    def forward(self, params, x, ctx):
        if ctx.training or len(x) == 1:
            ctx.state["passes"] += 1
        return x * 1.0, None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


def test_state_that_changes_in_a_single_prediction_is_found(caught):
    caught(CountsAloneInPrediction, "state_changes_in_training_alone")


class MeanOverAllSteps(RightLayer):
    """Leaves padded steps out of the sum and not out of the number. Source: none."""

    examples = (("mean_over_all_steps", (4, 3)),)
    reads_mask = True

    def output_shape(self, shape):
        if len(shape) != 2:
            raise gn.ShapeError("expected (time, features)")
        return shape[1:]

    def forward(self, params, x, ctx):
        kept = ctx.mask[..., None].astype(x.dtype)
        return (x * kept).sum(axis=1) / x.shape[1], kept / x.dtype.type(x.shape[1])

    def backward(self, params, cache, dy, grads, ctx):
        return dy[:, None] * cache


def test_a_mean_that_counts_padded_steps_is_found(caught):
    caught(MeanOverAllSteps, "padding_is_like_no_step")


class ClipsIndices(gn.Layer):
    """Takes the last indices for one. Source: none."""

    integer_input = True
    vocabulary: int = gn.option(8, ge=2, help="number of indices")
    examples = (("clips_indices(8)", (4,)),)

    def output_shape(self, shape):
        if len(shape) != 1:
            raise gn.ShapeError("expected (time,)")
        return (*shape, 2)

    def parameters(self, shape):
        return {"table": gn.Parameter((self.vocabulary, 2), initializer="normal(0.5)")}

    def forward(self, params, x, ctx):
        if (x >= self.vocabulary).any():
            raise gn.DataError("an index is out of range")
        return params["table"][np.minimum(x, 4)], x

    def backward(self, params, cache, dy, grads, ctx):
        grads["table"][...] = 0
        np.add.at(grads["table"], np.minimum(cache, 4), dy)


def test_indices_that_are_clipped_at_the_end_are_found(caught):
    caught(ClipsIndices, "each_index_counts")


class TurnsBackOnSteepSlopes(TurnsBackAtStep500):
    """Takes large gradients for wrong ones. Source: none."""

    def update(self, p, g, state, lr, t):
        p -= lr * np.where(np.abs(g) > 20, -g, g)


def test_an_optimizer_that_climbs_steep_slopes_is_found(caught):
    failure = caught(TurnsBackOnSteepSlopes, "extreme_gradients_stay_finite")
    assert "gradients of size 30" in failure.input


class PenaltyThatJumps(gn.Regularizer):
    """Costs more beyond 50. Source: none."""

    rate: float = gn.option(0.1, gt=0, help="factor")
    formula = "R = rate sum of w^2"

    def penalty(self, w):
        return float(self.rate * (np.sum(w * w, dtype=np.float64) + 1000 * np.sum(np.abs(w) > 50)))

    def gradient(self, w):
        return 2 * self.rate * w


def test_a_penalty_that_jumps_is_found(caught):
    caught(PenaltyThatJumps, "weights_of_any_size")
