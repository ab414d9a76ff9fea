"""Layers with one mistake each, and the check that is there for it."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import numpy as np
import pytest

import glassnet as gn


class Right(gn.Layer):
    """A dense layer in which all is right. Source: by definition."""

    batch_independent = True

    units: int = gn.option(3, ge=1, help="number of outputs")

    formula = "y = x W + b"
    gradient_formula = "dW = x^T dy,  db = sum dy,  dx = dy W^T"

    def output_shape(self, shape):
        if len(shape) != 1:
            raise gn.ShapeError(f"expected (batch, features), got (batch, *{shape}); flatten it")
        return (self.units,)

    def parameters(self, shape):
        return {
            "weights": gn.Parameter((shape[0], self.units), default_initializer="glorot_uniform"),
            "bias": gn.Parameter((self.units,), initializer="zeros", is_bias=True),
        }

    def forward(self, params, x, ctx):
        return x @ params["weights"] + params["bias"], x

    def backward(self, params, cache, dy, grads, ctx):
        grads["weights"][...] = cache.T @ dy
        grads["bias"][...] = dy.sum(axis=0)
        return dy @ params["weights"].T


class RightDropout(gn.Layer):
    """Dropout in which all is right. Source: Srivastava et al. (2014)."""

    rate: float = gn.option(0.4, ge=0, lt=1, help="part that is hidden")

    formula = "y = x m / (1 - rate)"
    gradient_formula = "dx = dy m / (1 - rate)"

    def forward(self, params, x, ctx):
        if not ctx.training:
            return x, None
        mask = ((ctx.rng.random(x.shape) >= self.rate) / (1 - self.rate)).astype(x.dtype)
        return x * mask, mask

    def backward(self, params, cache, dy, grads, ctx):
        return dy if cache is None else dy * cache


class RightNorm(gn.Layer):
    """Batch normalization without scale and shift, in which all is right. Source: Ioffe and Szegedy (2015)."""

    epsilon: float = gn.option(1e-3, gt=0, help="keeps the division finite")

    formula = "y = (x - mean) / sqrt(variance + epsilon)"
    gradient_formula = "dx = (dy - mean dy - y mean (dy y)) / sqrt(variance + epsilon)"

    def state(self, shape):
        return {"mean": np.zeros(shape), "variance": np.ones(shape)}

    def forward(self, params, x, ctx):
        mean, variance = ctx.state["mean"], ctx.state["variance"]
        if ctx.training:
            mean += 0.1 * (x.mean(axis=0) - mean)
            variance += 0.1 * (x.var(axis=0) - variance)
            mean, variance = x.mean(axis=0), x.var(axis=0)
        scale = 1 / np.sqrt(variance + self.epsilon)
        y = ((x - mean) * scale).astype(x.dtype)
        return y, (y, scale.astype(x.dtype))

    def backward(self, params, cache, dy, grads, ctx):
        y, scale = cache
        if not ctx.training:
            return dy * scale
        return (dy - dy.mean(axis=0) - y * (dy * y).mean(axis=0)) * scale


@pytest.mark.parametrize("right", [Right, RightDropout, RightNorm])
def test_a_right_layer_passes(right, passes):
    assert passes(right).checks_run >= 30


class SignOfTheInputGradient(Right):
    def backward(self, params, cache, dy, grads, ctx):
        return -super().backward(params, cache, dy, grads, ctx)


class WeightsGradientDividedByTheBatch(Right):
    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        grads["weights"] /= len(dy)
        return dx


class BiasGradientForgotten(Right):
    def backward(self, params, cache, dy, grads, ctx):
        grads["weights"][...] = cache.T @ dy
        return dy @ params["weights"].T


class BiasGradientOfTheFirstSampleAlone(Right):
    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        grads["bias"][...] = dy[0]
        return dx


class GradientsAddedUp(Right):
    def backward(self, params, cache, dy, grads, ctx):
        grads["weights"] += cache.T @ dy
        grads["bias"] += dy.sum(axis=0)
        return dy @ params["weights"].T


class GradientsRebound(Right):
    """Puts new arrays into the dictionary: the network's own vector is never written."""

    def backward(self, params, cache, dy, grads, ctx):
        grads["weights"] = cache.T @ dy
        grads["bias"] = dy.sum(axis=0)
        return dy @ params["weights"].T


class CacheOnTheInstance(Right):
    def forward(self, params, x, ctx):
        object.__setattr__(self, "x", x)
        return super().forward(params, x, ctx)

    def backward(self, params, cache, dy, grads, ctx):
        return super().backward(params, self.x, dy, grads, ctx)


class CacheOnTheClass(Right):
    kept: ClassVar[dict[str, Any]] = {}

    def forward(self, params, x, ctx):
        self.kept["x"] = x
        return super().forward(params, x, ctx)

    def backward(self, params, cache, dy, grads, ctx):
        return super().backward(params, self.kept["x"], dy, grads, ctx)


class CountsItsCalls(Right):
    calls: ClassVar[list[int]] = [0]

    def forward(self, params, x, ctx):
        self.calls[0] += 1
        y, cache = super().forward(params, x, ctx)
        return y + self.calls[0], cache


class ScratchOfTheClass(Right):
    """Right in one thread: between two lines, another thread may write into the same array."""

    scratch: ClassVar[np.ndarray] = np.zeros((64, 3))

    def forward(self, params, x, ctx):
        y = self.scratch[: len(x)]
        np.matmul(x, params["weights"].astype(np.float64), out=y)
        y += params["bias"]
        return y.astype(x.dtype), x


class ChangesItsInput(Right):
    def forward(self, params, x, ctx):
        x -= 1
        y, _ = super().forward(params, x, ctx)
        return y + params["weights"].sum(axis=0), x + 1


class ChangesDy(Right):
    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        dy *= 2
        return dx


class ChangesItsParameters(Right):
    def forward(self, params, x, ctx):
        result = super().forward(params, x, ctx)
        params["bias"] *= 0.999
        return result


class NoBatchAxisForOneSample(Right):
    def forward(self, params, x, ctx):
        y, cache = super().forward(params, x, ctx)
        return y.squeeze(), cache


class InputGradientTransposed(Right):
    def backward(self, params, cache, dy, grads, ctx):
        return super().backward(params, cache, dy, grads, ctx).T


class OutputShapeOfTheInput(Right):
    def output_shape(self, shape):
        super().output_shape(shape)
        return shape


class BufferOfTheFirstBatch(Right):
    """Remembers the largest output so far by the name of a buffer, and hands out all of it."""

    def forward(self, params, x, ctx):
        y, cache = super().forward(params, x, ctx)
        largest = max(len(x), getattr(ctx, "largest", 0))
        ctx.largest = largest
        buffer = ctx.buffer("y", (largest, self.units))
        buffer[: len(x)] = y
        return buffer, cache


class Float64Output(Right):
    def forward(self, params, x, ctx):
        y, cache = super().forward(params, x, ctx)
        return y + np.zeros(self.units), cache


class Float64InputGradient(Right):
    def backward(self, params, cache, dy, grads, ctx):
        return super().backward(params, cache, dy, grads, ctx) * np.float64(1.0)


class ParameterGradientsForgottenWithThatOfTheInput(Right):
    def backward(self, params, cache, dy, grads, ctx):
        if not ctx.needs_input_grad:
            return None
        return super().backward(params, cache, dy, grads, ctx)


class CrashesOnImages(Right):
    def output_shape(self, shape):
        (_,) = shape
        return (self.units,)


class StridesTakenForGranted(Right):
    def forward(self, params, x, ctx):
        rows = np.lib.stride_tricks.as_strided(x, x.shape, (x.shape[1] * x.itemsize, x.itemsize))
        return super().forward(params, rows, ctx)[0], np.ascontiguousarray(x)


class DropsInPredict(RightDropout):
    def forward(self, params, x, ctx):
        mask = (ctx.rng.random(x.shape) >= self.rate).astype(x.dtype)
        return x * mask, mask


class DropsByTheGlobalGenerator(RightDropout):
    def forward(self, params, x, ctx):
        if not ctx.training:
            return x, None
        mask = (np.random.random(x.shape) >= self.rate).astype(x.dtype)
        return x * mask, mask


class AnotherMaskInBackward(RightDropout):
    def backward(self, params, cache, dy, grads, ctx):
        return dy if cache is None else dy * ((ctx.rng.random(dy.shape) >= self.rate) / (1 - self.rate))


class ScaledInBackwardOutsideTraining(RightDropout):
    def backward(self, params, cache, dy, grads, ctx):
        return dy * (1 - self.rate) if cache is None else dy * cache


class BatchStatisticsInPredict(RightNorm):
    def forward(self, params, x, ctx):
        mean, scale = x.mean(axis=0), 1 / np.sqrt(x.var(axis=0) + self.epsilon)
        return (x - mean) * scale, ((x - mean) * scale, scale)


class BatchStatisticsUnderAFalseName(RightNorm):
    batch_independent = True


class GradientsOfTheMeanUnderAFalseName(Right):
    """Nothing mixes the samples, but a part of a batch has another number of them."""

    batch_independent = True

    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        grads["bias"] /= len(dy)
        return dx


class StateChangesInPredict(RightNorm):
    def forward(self, params, x, ctx):
        ctx.state["mean"][...] = 0.9 * ctx.state["mean"] + 0.1 * x.mean(axis=0)
        return super().forward(params, x, ctx)


class StateIsRebound(RightNorm):
    """Changes a copy of its state, which the network never sees."""

    def forward(self, params, x, ctx):
        kept, ctx.state = ctx.state, {name: array.copy() for name, array in ctx.state.items()}
        try:
            return super().forward(params, x, ctx)
        finally:
            ctx.state = kept


class StateOnTheInstance(Right):
    """A running mean that is kept where neither a model file nor a checkpoint finds it."""

    def forward(self, params, x, ctx):
        mean = getattr(self, "mean", 0.0)
        if ctx.training:
            mean = 0.9 * mean + 0.1 * float(x.mean())
            object.__setattr__(self, "mean", mean)
        y, cache = super().forward(params, x, ctx)
        return y if ctx.training else y - y.dtype.type(mean), cache


class StateOfARunOnTheInstance(Right):
    """Learns less the longer it has been used: a run that is continued starts over."""

    def backward(self, params, cache, dy, grads, ctx):
        uses = getattr(self, "uses", 0) + 1
        object.__setattr__(self, "uses", uses)
        dx = super().backward(params, cache, dy, grads, ctx)
        grads["bias"] /= uses
        return dx


class NormWithoutEpsilon(RightNorm):
    def forward(self, params, x, ctx):
        y, scale = x - x.mean(axis=0), 1 / x.std(axis=0)
        return (y * scale, (y * scale, scale)) if ctx.training else super().forward(params, x, ctx)


class WrongNearTheOrigin(Right):
    """Forgets its input where that is exactly 0, as code does that takes 0 for missing."""

    def backward(self, params, cache, dy, grads, ctx):
        return super().backward(params, cache, dy, grads, ctx) * (cache != 0)


class SleepsUnderALock(Right):
    """Right: one thread waits for the other here, and the kit must not wait for ever. Source: by definition."""

    lock: ClassVar[threading.Lock] = threading.Lock()

    def forward(self, params, x, ctx):
        with self.lock:
            y = x @ params["weights"]
            y = y + params["bias"]
        return y, x


class StepsInReverse(gn.Layer):
    """The time steps in reverse order. Source: by definition."""

    batch_independent = True
    examples = (("steps_in_reverse", (4, 3)),)
    formula = "y[t] = x[-1 - t]"
    gradient_formula = "dx[t] = dy[-1 - t]"

    def forward(self, params, x, ctx):
        return x[:, ::-1], None

    def backward(self, params, cache, dy, grads, ctx):
        return dy[:, ::-1]


class StepsInReverseWithTheirMask(StepsInReverse):
    """The time steps in reverse order, with their mask. Source: by definition."""

    examples = (("steps_in_reverse_with_their_mask", (4, 3)),)

    def forward(self, params, x, ctx):
        if ctx.mask is not None:
            ctx.mask = ctx.mask[:, ::-1]
        return x[:, ::-1], None


class RunningSum(gn.Layer):
    """The sum of each step and all real ones before it. Source: by definition."""

    batch_independent = True
    reads_mask = True
    examples = (("running_sum", (4, 3)),)
    formula = "y[t] = x[0] + … + x[t]"
    gradient_formula = "dx[t] = dy[t] + … + dy[-1]"

    def factors(self, ctx):
        return ctx.mask[:, :, None]

    def forward(self, params, x, ctx):
        real = self.factors(ctx)
        return np.cumsum(x * real, axis=1) * real, real

    def backward(self, params, cache, dy, grads, ctx):
        return np.cumsum((dy * cache)[:, ::-1], axis=1)[:, ::-1] * cache


class PaddingIsSummed(RunningSum):
    """Padded steps have their part in the sum."""

    examples = (("padding_is_summed", (4, 3)),)

    def factors(self, ctx):
        return np.ones_like(ctx.mask)[:, :, None]


class PaddingHasAPartInTheWeight(RunningSum):
    """A weight for all steps, whose gradient has a part from padding."""

    examples = (("padding_has_a_part_in_the_weight", (4, 3)),)

    def parameters(self, shape):
        return {"weight": gn.Parameter((), default_initializer="ones")}

    def forward(self, params, x, ctx):
        real = self.factors(ctx)
        return (x + params["weight"]) * real, real

    def backward(self, params, cache, dy, grads, ctx):
        grads["weight"][...] = dy.sum()
        return dy * cache


class PaddingGetsAGradient(RunningSum):
    """Padded steps have no part in the sum, but in its gradient."""

    examples = (("padding_gets_a_gradient", (4, 3)),)

    def backward(self, params, cache, dy, grads, ctx):
        return np.cumsum((dy * cache)[:, ::-1], axis=1)[:, ::-1]


MISTAKES = [
    (SignOfTheInputGradient, "input_gradient"),
    (WeightsGradientDividedByTheBatch, "parameter_gradients"),
    (BiasGradientForgotten, "parameter_gradients"),
    (BiasGradientOfTheFirstSampleAlone, "parameter_gradients"),
    (GradientsAddedUp, "parameter_gradients"),
    (GradientsRebound, "parameter_gradients"),
    (CacheOnTheInstance, "used_twice"),
    (CacheOnTheInstance, "keeps_nothing"),
    (CacheOnTheClass, "used_twice"),
    (CountsItsCalls, "deterministic"),
    (ScratchOfTheClass, "two_threads"),
    (ChangesItsInput, "arguments_stay_as_they_are"),
    (ChangesDy, "arguments_stay_as_they_are"),
    (ChangesItsParameters, "arguments_stay_as_they_are"),
    (NoBatchAxisForOneSample, "shapes"),
    (InputGradientTransposed, "shapes"),
    (OutputShapeOfTheInput, "examples_take_their_input"),
    (BufferOfTheFirstBatch, "shapes"),
    (Float64Output, "float32_stays_float32"),
    (Float64InputGradient, "float32_stays_float32"),
    (ParameterGradientsForgottenWithThatOfTheInput, "input_gradient_not_needed"),
    (CrashesOnImages, "unfitting_shapes_are_refused"),
    (StridesTakenForGranted, "views_are_read_right"),
    (DropsInPredict, "predictions_are_not_random"),
    (DropsByTheGlobalGenerator, "deterministic"),
    (AnotherMaskInBackward, "input_gradient"),
    (ScaledInBackwardOutsideTraining, "input_gradient_outside_training"),
    (BatchStatisticsInPredict, "predictions_do_not_mix_samples"),
    (BatchStatisticsUnderAFalseName, "samples_are_kept_apart"),
    (GradientsOfTheMeanUnderAFalseName, "samples_are_kept_apart"),
    (StateChangesInPredict, "state_changes_in_training_alone"),
    (StateIsRebound, "state_changes_in_training_alone"),
    (StateOnTheInstance, "training_survives_save_and_load"),
    (StateOfARunOnTheInstance, "training_can_be_continued"),
    (NormWithoutEpsilon, "large_values_stay_finite"),
    (WrongNearTheOrigin, "input_gradient_at_awkward_points"),
    (StepsInReverse, "the_mask_is_that_of_the_output"),
    (PaddingIsSummed, "padded_steps_are_skipped"),
    (PaddingHasAPartInTheWeight, "padded_steps_are_skipped"),
    (PaddingGetsAGradient, "padded_steps_are_skipped"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


def test_a_lock_between_two_threads_is_no_mistake(passes):
    passes(SleepsUnderALock)


@pytest.mark.parametrize("right", [StepsInReverseWithTheirMask, RunningSum])
def test_layers_that_move_or_read_the_mask_pass(right, passes):
    passes(right)


def test_a_failure_shows_one_sample_with_short_numbers(caught):
    failure = caught(WeightsGradientDividedByTheBatch, "parameter_gradients")

    # The batch of one is right, so two samples are the fewest that show it; the numbers are rounded.
    assert "(2, 4)" in failure.input or "(3, 4)" in failure.input
    failure = caught(SignOfTheInputGradient, "input_gradient")
    assert "float64 (1, 4)" in failure.input
    assert "the slope along x[0, " in failure.expected
    expected, got = float(failure.expected.split(",")[0]), float(failure.got)
    assert got == pytest.approx(-expected)
