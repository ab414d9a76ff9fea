"""Components that are right for the small batch of an example, and wrong under other conditions."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

import glassnet as gn
from tests.plugins.testing.test_right_components import RightActivation, RightLayer
from tests.plugins.testing.test_wrong_layers import Right


class IgnoresItsOption(RightActivation):
    """Backward leaves out alpha, which is 1 by default. Source: none."""

    alpha: float = gn.option(1.0, gt=0, help="steepness")

    def forward(self, x):
        return np.tanh(self.alpha * x)

    def backward(self, dy, x, y):
        return dy * (1 - y * y)


class OptionWithoutEffect(RightActivation):
    """Nothing depends on alpha. Source: none."""

    alpha: float = gn.option(1.0, gt=0, help="steepness")

    def forward(self, x):
        return np.tanh(x)

    def backward(self, dy, x, y):
        return dy * (1 - y * y)


class OneAxis(RightActivation):
    """The softmax of axis 1. Source: none."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, dy, x, y):
        return y * (dy - (dy * y).sum(axis=1, keepdims=True))


class WrongInFloat32(RightActivation):
    """Ten percent too much in float32. Source: none."""

    def forward(self, x):
        return np.tanh(x)

    def backward(self, dy, x, y):
        return dy * (1 - y * y) * (np.float32(1.1) if x.dtype == np.float32 else 1.0)


class WrongInTheMiddle(RightActivation):
    """Takes the slope for 1 from 5 on. Source: none."""

    def forward(self, x):
        return np.logaddexp(0, x).astype(x.dtype)

    def backward(self, dy, x, y):
        return dy * np.where(x > 5, 1.0, np.exp(np.minimum(x - y, 0)))


class ForgetsTheLastBlock(RightActivation):
    """Beyond blocks of 64 samples the slope is left out. Source: none."""

    def forward(self, x):
        return np.tanh(x)

    def backward(self, dy, x, y):
        rows = len(x) - len(x) % 64 if len(x) >= 64 else len(x)
        dx = dy.copy()
        dx[:rows] *= 1 - y[:rows] ** 2
        return dx


class CountsOnItsClass(RightActivation):
    """Keeps a number in a list of the class. Source: none."""

    seen: ClassVar[list[int]] = [0]

    def forward(self, x):
        self.seen[0] += 1
        return 2 * x

    def backward(self, dy, x, y):
        return 2 * dy


class ChangesPositiveInput(RightActivation):
    """Writes to its input if all of it is positive. Source: none."""

    def forward(self, x):
        if (x > 0).all() and x.flags.writeable:
            x += 1e-3
        return 2 * x

    def backward(self, dy, x, y):
        return 2 * dy


class MeanOfLargeBatches(Right):
    """The gradient of the bias is a mean beyond 8 samples. Source: none."""

    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        grads["bias"][...] /= len(dy) if len(dy) > 8 else 1
        return dx


class ReadsFortranOrderWrong(Right):
    """Takes the order of memory for the order of the array. Source: none."""

    def backward(self, params, cache, dy, grads, ctx):
        dx = super().backward(params, cache, dy, grads, ctx)
        grads["weights"][...] = cache.ravel("K").reshape(cache.shape).T @ dy
        return dx


class StateInBackward(Right):
    """Counts in backward too. Source: none."""

    def state(self, shape):
        return {"steps": np.zeros(1)}

    def forward(self, params, x, ctx):
        if ctx.training:
            ctx.state["steps"] += 1
        return super().forward(params, x, ctx)

    def backward(self, params, cache, dy, grads, ctx):
        ctx.state["steps"] += 1
        return super().backward(params, cache, dy, grads, ctx)


class CutsLongSequences(RightLayer):
    """Goes back eight steps and no further. Source: none."""

    examples = (("cuts_long_sequences", (5, 2)),)

    def forward(self, params, x, ctx):
        return np.cumsum(x, axis=1), None

    def backward(self, params, cache, dy, grads, ctx):
        return np.stack([dy[:, t : t + 8].sum(axis=1) for t in range(dy.shape[1])], axis=1)


class DropoutWithoutScale(RightLayer):
    """Leaves out 1 / (1 - rate). Source: none."""

    rate: float = gn.option(0.5, ge=0, lt=1, help="part that is hidden")

    def forward(self, params, x, ctx):
        if not ctx.training:
            return x, None
        mask = ctx.rng.random(x.shape) >= self.rate
        return x * mask, mask

    def backward(self, params, cache, dy, grads, ctx):
        return dy if cache is None else dy * cache


class MixesAtRandom(RightLayer):
    """Claims to keep samples apart, and takes the mean of a random part. Source: none."""

    batch_independent = True

    def forward(self, params, x, ctx):
        if not ctx.training:
            return x, None
        mask = (ctx.rng.random(x.shape[1:]) >= 0.5) * 2.0
        z = (x * mask).astype(x.dtype)
        return z - z.mean(axis=0), mask.astype(x.dtype)

    def backward(self, params, cache, dy, grads, ctx):
        return dy if cache is None else (dy - dy.mean(axis=0)) * cache


class ClipsIndices(RightLayer):
    """Takes each index above 1 for 1. Source: none."""

    integer_input = True
    vocabulary: int = gn.option(6, ge=2, help="number of indices")
    examples = (("clips_indices(6)", (4,)),)

    def output_shape(self, shape):
        if len(shape) != 1:
            raise gn.ShapeError(f"expected (batch, steps), got (batch, *{shape})")
        return (*shape, 3)

    def parameters(self, shape):
        return {"weights": gn.Parameter((self.vocabulary, 3), initializer="glorot_uniform")}

    def forward(self, params, x, ctx):
        return params["weights"][np.minimum(x, 1)], x

    def backward(self, params, cache, dy, grads, ctx):
        grads["weights"][...] = 0
        np.add.at(grads["weights"], np.minimum(cache, 1), dy)


MISTAKES = [
    (IgnoresItsOption, "gradients_at_other_options"),
    (OptionWithoutEffect, "each_option_counts"),
    (OneAxis, "rows_are_independent"),
    (WrongInFloat32, "float32_is_like_float64"),
    (WrongInTheMiddle, "input_gradient_at_awkward_points"),
    (ForgetsTheLastBlock, "large_batches"),
    (CountsOnItsClass, "keeps_nothing"),
    (ChangesPositiveInput, "arguments_stay_as_they_are"),
    (MeanOfLargeBatches, "large_batches"),
    (ReadsFortranOrderWrong, "views_are_read_right"),
    (StateInBackward, "state_changes_in_training_alone"),
    (CutsLongSequences, "other_shapes"),
    (DropoutWithoutScale, "dropped_values_are_made_up_for"),
    (MixesAtRandom, "samples_are_kept_apart"),
    (ClipsIndices, "each_index_counts"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)
