"""Layers with a running mean and variance, with one mistake in them each, and the check that is there for it."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


class Right(gn.Layer):
    """Batch normalization without scale and shift. Source: Ioffe and Szegedy (2015), arXiv:1502.03167."""

    momentum: float = gn.option(0.9, ge=0, lt=1, help="part of the running values that is kept")

    formula = "y = (x - mean) / sqrt(variance + 0.001)"
    gradient_formula = "dx = (dy - mean(dy) - y mean(dy y)) / sqrt(variance + 0.001)"
    examples = (("right", (4,)),)

    def output_shape(self, shape):
        if len(shape) != 1:
            raise gn.ShapeError(f"expected features, got {shape}")
        return shape

    def state(self, shape):
        return {"mean": np.zeros(shape), "variance": np.ones(shape)}

    def moved(self, old, new):
        return self.momentum * old + (1 - self.momentum) * new

    def forward(self, params, x, ctx):
        mean, variance = ctx.state["mean"], ctx.state["variance"]
        if ctx.training:
            mean[:] = self.moved(mean, x.mean(0))
            variance[:] = self.moved(variance, x.var(0))
            mean, variance = x.mean(0), x.var(0)
        deviation = np.sqrt(variance + 1e-3)
        y = (x - mean) / deviation
        return y, (y, deviation, ctx.training)

    def backward(self, params, cache, dy, grads, ctx):
        y, deviation, of_batch = cache
        if of_batch:
            dy = dy - dy.mean(0) - y * (dy * y).mean(0)
        return dy / deviation


class SumInPlaceOfMean(Right):
    """The new value comes on top of the old one in whole."""

    examples = (("sum_in_place_of_mean", (4,)),)

    def moved(self, old, new):
        return self.momentum * old + new


class WithTheOtherSign(Right):
    """What is new is subtracted."""

    examples = (("with_the_other_sign", (4,)),)

    def moved(self, old, new):
        return self.momentum * old - (1 - self.momentum) * new


class ForgetsTheOld(Right):
    """The momentum itself is used for the old value."""

    examples = (("forgets_the_old", (4,)),)

    def moved(self, old, new):
        return self.momentum + (1 - self.momentum) * new


class Counting(Right):
    """Its state is a count of the passes, which never comes to rest. Source: by definition."""

    formula = "y = x"
    gradient_formula = "dx = dy"
    examples = (("counting", (4,)),)

    def state(self, shape):
        return {"passes": np.zeros(1)}

    def forward(self, params, x, ctx):
        if ctx.training:
            ctx.state["passes"] += self.momentum + 1
        return x.copy(), None

    def backward(self, params, cache, dy, grads, ctx):
        return dy.copy()


@pytest.mark.parametrize("right", [Right, Counting])
def test_a_right_state_passes(right, passes):
    passes(right)


@pytest.mark.parametrize("wrong", [SumInPlaceOfMean, WithTheOtherSign, ForgetsTheOld])
def test_a_state_that_settles_elsewhere_is_caught(wrong, caught):
    failure = caught(wrong, "state_settles")

    assert "1500 passes" in failure.input
