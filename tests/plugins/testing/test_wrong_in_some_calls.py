"""Layers that are wrong in some calls alone: of one sample, of many, of odd shapes, in prediction, with views."""

from __future__ import annotations

import time

import numpy as np
import pytest

import glassnet as gn
from tests.plugins.testing.test_right_components import RightLayer
from tests.plugins.testing.test_wrong_layers import Right


class BiasOfOneSampleForgotten(Right):
    """In a batch of one, the bias has no gradient. Source: none."""

    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        grads["bias"][...] *= len(dy) > 1
        return dx


class ReadsReversedViewsWrong(Right):
    """Takes negative strides for negative numbers. Source: none."""

    def forward(self, params, x, ctx):
        return super().forward(params, x if x.strides[0] >= 0 else np.abs(x), ctx)


class ReadsBytesBackwards(RightLayer):
    """Takes the bytes of a big-endian number for a native one. Source: none."""

    def forward(self, params, x, ctx):
        return np.frombuffer(np.ascontiguousarray(x).tobytes(), ctx.dtype).reshape(x.shape) * 2, None

    def backward(self, params, cache, dy, grads, ctx):
        return 2 * dy


class Float64InPredictions(Right):
    """A factor of NumPy's type in predictions. Source: none."""

    def forward(self, params, x, ctx):
        y, cache = super().forward(params, x, ctx)
        return (y if ctx.training else y * np.float64(1.0)), cache


class HalfPrecisionInside(Right):
    """Products of float16 for a float32 network. Source: none."""

    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        if dy.dtype == np.float32:
            grads["weights"][...] = cache.astype(np.float16).T @ dy.astype(np.float16)
        return dx


class Dropped(RightLayer):
    """Base of the dropouts below."""

    rate: float = gn.option(0.3, ge=0, lt=1, help="part that is hidden")

    def backward(self, params, cache, dy, grads, ctx):
        return dy if cache is None else dy * cache


class KeepsWhatItShouldDrop(Dropped):
    """Takes the rate for the part that is kept. Source: none."""

    def forward(self, params, x, ctx):
        if not ctx.training:
            return x, None
        mask = (ctx.rng.random(x.shape) < self.rate).astype(x.dtype) / (1 - self.rate)
        return x * mask, mask


class OneMaskForTheBatch(Dropped):
    """All samples lose the same values. Source: none."""

    def forward(self, params, x, ctx):
        if not ctx.training:
            return x, None
        mask = (ctx.rng.random(x.shape[1:]) >= self.rate).astype(x.dtype) / (1 - self.rate)
        return x * mask, mask


class MixesLargeBatches(RightLayer):
    """Claims to keep samples apart, and takes off the mean beyond 8 samples. Source: none."""

    batch_independent = True

    def forward(self, params, x, ctx):
        mixes = ctx.training and len(x) > 8
        return (x - x.mean(axis=0) if mixes else x), mixes

    def backward(self, params, cache, dy, grads, ctx):
        return dy - dy.mean(axis=0) if cache else dy


class StateInLargePredictions(Right):
    """A prediction of more than 100 samples changes the state. Source: none."""

    def state(self, shape):
        return {"steps": np.zeros(1)}

    def forward(self, params, x, ctx):
        if ctx.training or len(x) > 100:
            ctx.state["steps"] += 1
        return super().forward(params, x, ctx)


class MeanOfStepsThatAreNotZero(RightLayer):
    """The gradient counts all steps. Source: none."""

    examples = (("mean_of_steps_that_are_not_zero", (4, 3)),)
    keeps_steps = False

    def output_shape(self, shape):
        if len(shape) != 2:
            raise gn.ShapeError(f"expected (batch, steps, features), got (batch, *{shape})")
        return shape[1:]

    def forward(self, params, x, ctx):
        is_real = (np.abs(x).sum(axis=-1, keepdims=True) > 0).astype(x.dtype)
        return (x * is_real).sum(axis=1) / np.maximum(is_real.sum(axis=1), 1), x.shape[1]

    def backward(self, params, cache, dy, grads, ctx):
        return np.repeat((dy / cache)[:, None], cache, axis=1)


class RepeatedIndicesOverwrite(RightLayer):
    """Of equal indices the last one has a gradient. Source: none."""

    integer_input = True
    vocabulary: int = gn.option(5, ge=2, help="number of indices")
    examples = (("repeated_indices_overwrite(5)", (4,)),)

    def output_shape(self, shape):
        if len(shape) != 1:
            raise gn.ShapeError(f"expected (batch, steps), got (batch, *{shape})")
        return (*shape, 3)

    def parameters(self, shape):
        return {"weights": gn.Parameter((self.vocabulary, 3), initializer="glorot_uniform")}

    def forward(self, params, x, ctx):
        return params["weights"][x], x

    def backward(self, params, cache, dy, grads, ctx):
        grads["weights"][...] = 0
        grads["weights"][cache] += dy


class PoolsOddHeightsWrong(RightLayer):
    """Where the last row is left out, gradients arrive one row too low. Source: none."""

    examples = (("pools_odd_heights_wrong", (4, 3)),)
    keeps_steps = False

    def output_shape(self, shape):
        if len(shape) != 2:
            raise gn.ShapeError(f"expected (batch, steps, features), got (batch, *{shape})")
        return (shape[0] // 2, shape[1])

    def forward(self, params, x, ctx):
        even = x[:, : x.shape[1] // 2 * 2]
        return even.reshape(len(x), -1, 2, x.shape[2]).mean(axis=2), x.shape

    def backward(self, params, cache, dy, grads, ctx):
        dx = np.zeros(cache, dy.dtype)
        dx[:, cache[1] % 2 :] = dy.repeat(2, axis=1) / 2
        return dx


class TwoFactors(RightLayer):
    """The gradients of two factors are swapped, which both start at 1. Source: none."""

    def parameters(self, shape):
        return {name: gn.Parameter(self.output_shape(shape)[-1:], initializer="ones") for name in ("a", "b")}

    def forward(self, params, x, ctx):
        return x * params["a"] * params["b"], x

    def backward(self, params, cache, dy, grads, ctx):
        both = (dy * cache).sum(axis=tuple(range(dy.ndim - 1)))
        grads["a"][...] = both * params["a"]
        grads["b"][...] = both * params["b"]
        return dy * params["a"] * params["b"]


class RightAtZeroAlone(RightLayer):
    """The exponential of a parameter that starts at 0 is left out. Source: none."""

    def parameters(self, shape):
        return {"a": gn.Parameter(self.output_shape(shape)[-1:], initializer="zeros")}

    def forward(self, params, x, ctx):
        return x * np.exp(params["a"]), x

    def backward(self, params, cache, dy, grads, ctx):
        grads["a"][...] = (dy * cache).sum(axis=tuple(range(dy.ndim - 1)))
        return dy * np.exp(params["a"])


class ForgetsWeightsOfLargeBatches(Right):
    """Where dx is not needed, the weights of more than 4 samples have no gradient. Source: none."""

    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        if not ctx.needs_input_grad and len(dy) > 4:
            grads["weights"][...] = 0
        return dx


class OneBufferForBoth(RightLayer):
    """Backward writes to the buffer of the output, which a layer that holds it may still read. Source: none."""

    def forward(self, params, x, ctx):
        y = np.tanh(x, out=ctx.buffer("buffer", x.shape))
        return y, y

    def backward(self, params, cache, dy, grads, ctx):
        dx = np.multiply(cache, cache, out=ctx.buffer("buffer", dy.shape))
        np.subtract(1, dx, out=dx)
        dx *= dy
        return dx


class WritesToWhatItReturns(RightLayer):
    """Backward returns dy, after it has written to it. Source: none."""

    def forward(self, params, x, ctx):
        return x, None

    def backward(self, params, cache, dy, grads, ctx):
        dy *= 1.0
        return dy


class ByTheClock(RightLayer):
    """Noise from the clock. Source: none."""

    def forward(self, params, x, ctx):
        return (x * (1 + time.perf_counter() % 1) if ctx.training else x), None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


class NoiseOfItsOwnInLargeBatches(RightLayer):
    """A generator of its own beyond 50 samples. Source: none."""

    def forward(self, params, x, ctx):
        noise = np.random.default_rng().normal(size=x.shape).astype(x.dtype) if ctx.training and len(x) > 50 else 0
        return x + noise, None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


class OutputShapeOfEvenWidths(RightLayer):
    """For odd widths, output_shape rounds down and forward rounds up. Source: none."""

    examples = (("output_shape_of_even_widths", (4,)),)

    def output_shape(self, shape):
        if len(shape) != 1:
            raise gn.ShapeError(f"expected (batch, features), got (batch, *{shape})")
        return (max(1, shape[0] // 2),)

    def forward(self, params, x, ctx):
        return x[:, ::2], x.shape

    def backward(self, params, cache, dy, grads, ctx):
        dx = np.zeros(cache, dy.dtype)
        dx[:, ::2] = dy
        return dx


class TakesWhatIsTooShort(RightLayer):
    """A window that is longer than the sample is noticed nowhere. Source: none."""

    window: int = gn.option(2, ge=1, help="length of the window")
    examples = (("takes_what_is_too_short(2)", (4,)),)

    def output_shape(self, shape):
        if len(shape) != 1:
            raise gn.ShapeError(f"expected (batch, features), got (batch, *{shape})")
        return (max(shape[0] - self.window + 1, 1),)

    def forward(self, params, x, ctx):
        last = x.shape[1] - self.window + 1
        return sum(x[:, start : last + start] for start in range(self.window)), x.shape

    def backward(self, params, cache, dy, grads, ctx):
        dx = np.zeros(cache, dy.dtype)
        for start in range(self.window):
            dx[:, start : start + dy.shape[1]] += dy
        return dx


MISTAKES = [
    (BiasOfOneSampleForgotten, "parameter_gradients"),
    (ReadsReversedViewsWrong, "views_are_read_right"),
    (ReadsBytesBackwards, "views_are_read_right"),
    (Float64InPredictions, "float32_stays_float32"),
    (HalfPrecisionInside, "float32_is_like_float64"),
    (KeepsWhatItShouldDrop, "dropped_values_are_made_up_for"),
    (MixesLargeBatches, "samples_are_kept_apart"),
    (StateInLargePredictions, "state_changes_in_training_alone"),
    (MeanOfStepsThatAreNotZero, "input_gradient_at_awkward_points"),
    (RepeatedIndicesOverwrite, "parameter_gradients"),
    (PoolsOddHeightsWrong, "other_shapes"),
    (TwoFactors, "parameter_gradients"),
    (RightAtZeroAlone, "parameter_gradients"),
    (ForgetsWeightsOfLargeBatches, "input_gradient_not_needed"),
    (OneBufferForBoth, "arguments_stay_as_they_are"),
    (WritesToWhatItReturns, "views_are_read_right"),
    (ByTheClock, "deterministic"),
    (NoiseOfItsOwnInLargeBatches, "large_batches"),
    (OutputShapeOfEvenWidths, "other_shapes"),
    (TakesWhatIsTooShort, "other_shapes"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


def test_one_mask_for_the_batch_is_caught_by_its_mean(caught):
    # A thousand samples lose the same few values, so their mean is far from 1 however many there are.
    caught(OneMaskForTheBatch, "dropped_values_are_made_up_for")


def test_a_layer_that_refuses_big_endian_numbers_is_right(passes):
    class NativeAlone(RightLayer):
        """Twice the input, by code that takes native numbers alone. Source: by definition."""

        def forward(self, params, x, ctx):
            if not x.dtype.isnative:
                raise ValueError("Big-endian buffer not supported")
            return 2 * x, None

        def backward(self, params, cache, dy, grads, ctx):
            return 2 * dy

    passes(NativeAlone)
