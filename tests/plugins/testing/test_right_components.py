"""Correct components that are easily taken for wrong: kinks, ties, tails, small epsilons, and declared intent."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


class RightActivation(gn.Activation):
    """A correct activation. Source: by definition."""

    formula = "y = f(x)"
    gradient_formula = "dx = dy f'(x)"


class SignedLogarithm(RightActivation):
    """The slope at 0 is 1, though both sign and absolute value have a kink there. Source: by definition."""

    def forward(self, x):
        return np.sign(x) * np.log1p(np.abs(x))

    def backward(self, dy, x, y):
        return dy / (1 + np.abs(x))


class SignedSquare(RightActivation):
    """The slope at 0 is exactly 0, with curvature on both sides. Source: by definition."""

    def forward(self, x):
        return x * np.abs(x)

    def backward(self, dy, x, y):
        return 2 * dy * np.abs(x)


class Relu6(RightActivation):
    """Two kinks with a slope of 0 at either. Source: Krizhevsky (2010)."""

    kinks = (0.0, 6.0)

    def forward(self, x):
        return np.clip(x, 0, 6)

    def backward(self, dy, x, y):
        return dy * ((x > 0) & (x < 6))


class DeclaredRelu6(Relu6):
    """The kinks in the declaration. Source: Krizhevsky (2010)."""

    kinks = ()
    checks = gn.Checks(kinks=(0.0, 6.0))


class Bell(RightActivation):
    """Values and slopes that underflow in the tails. Source: by definition."""

    def forward(self, x):
        return np.exp(-np.square(x))

    def backward(self, dy, x, y):
        return -2 * x * y * dy


class Sign(RightActivation):
    """A jump with a slope by design. Source: Bengio, Leonard and Courville (2013)."""

    checks = gn.Checks(straight_through=True)

    def forward(self, x):
        return np.where(x >= 0, 1, -1).astype(x.dtype)

    def backward(self, dy, x, y):
        return dy * (np.abs(x) <= 1)


class OnlyForward(RightActivation):
    """The derivative is derived. Source: by definition."""

    def forward(self, x):
        return np.sign(x) * np.log1p(np.abs(x))


class RightLayer(gn.Layer):
    """A correct layer. Source: by definition."""

    formula = "y = f(x)"
    gradient_formula = "dx = f'(x) dy"

    def output_shape(self, shape):
        if not shape:
            raise gn.ShapeError("expected (batch, …, features), got (batch,); give the samples an axis")
        return shape


class UnitLength(RightLayer):
    """A norm that is bounded by 1e-12. Source: by definition."""

    def forward(self, params, x, ctx):
        norm = np.sqrt(np.sum(x * x, axis=-1, keepdims=True))
        bounded = np.maximum(norm, 1e-12)
        return x / bounded, (x / bounded, bounded, norm > 1e-12)

    def backward(self, params, cache, dy, grads, ctx):
        unit, bounded, is_long = cache
        return np.where(is_long, dy - unit * (unit * dy).sum(axis=-1, keepdims=True), dy) / bounded


class Sorted(RightLayer):
    """Ties: any order of equal values is right. Source: by definition."""

    def forward(self, params, x, ctx):
        order = np.argsort(x, axis=-1, kind="stable")
        return np.take_along_axis(x, order, -1), order

    def backward(self, params, cache, dy, grads, ctx):
        dx = np.empty_like(dy)
        np.put_along_axis(dx, cache, dy, -1)
        return dx


class Median(RightLayer):
    """Equal values at all steps: one of them has the whole slope. Source: by definition."""

    examples = (("median", (5, 3)),)
    keeps_steps = False

    def output_shape(self, shape):
        if len(shape) != 2:
            raise gn.ShapeError(f"expected (batch, steps, features), got (batch, *{shape})")
        return shape[1:]

    def forward(self, params, x, ctx):
        place = np.argsort(x, axis=1)[:, x.shape[1] // 2][:, None]
        return np.take_along_axis(x, place, 1)[:, 0], (place, x.shape)

    def backward(self, params, cache, dy, grads, ctx):
        place, shape = cache
        dx = np.zeros(shape, dy.dtype)
        np.put_along_axis(dx, place, dy[:, None], 1)
        return dx


class Centred(RightLayer):
    """State in float64, as np.zeros gives it, in networks of either precision. Source: by definition."""

    def state(self, shape):
        return {"mean": np.zeros(shape[-1:])}

    def forward(self, params, x, ctx):
        axes = tuple(range(x.ndim - 1))
        mean = x.mean(axes) if ctx.training else ctx.state["mean"]
        if ctx.training:
            ctx.state["mean"][...] = 0.9 * ctx.state["mean"] + 0.1 * mean
        return x - mean, ctx.training

    def backward(self, params, cache, dy, grads, ctx):
        return dy - dy.mean(tuple(range(dy.ndim - 1))) if cache else dy


class Contrast(gn.Loss):
    """Compares the samples of a batch. Source: Hadsell, Chopra and LeCun (2006)."""

    formula = "L = mean (p_i - p_j - t_i + t_j)^2"
    gradient_formula = "dp = 4 (e - mean e) / n"
    checks = gn.Checks(batch_loss=True)

    def forward(self, y_pred, y_true):
        errors = y_pred - y_true
        return 2 * float(np.mean(np.square(errors - errors.mean(axis=0)), dtype=np.float64))

    def backward(self, y_pred, y_true):
        errors = y_pred - y_true
        return 4 * (errors - errors.mean(axis=0)) / errors.size


class Poisson(gn.Loss):
    """Predictions above 0, and targets that are counts. Source: McCullagh and Nelder (1989)."""

    formula = "L = mean (p - t log p)"
    gradient_formula = "dp = (1 - t / p) / n"
    target_types = ("counts",)
    checks = gn.Checks(domain=(0.0, np.inf))

    def per_sample(self, y_pred, y_true):
        return np.mean((y_pred - y_true * np.log(y_pred)).reshape(len(y_pred), -1), axis=1)

    def backward(self, y_pred, y_true):
        return (1 - y_true / y_pred) / y_pred.size


class Identity(gn.Initializer):
    """The same values for every seed. Source: Le, Jaitly and Hinton (2015)."""

    formula = "w = I"

    def moments(self, shape, fan_in, fan_out):
        values = self.sample(shape, fan_in, fan_out, np.random.default_rng(0))
        return float(values.mean()), float(values.var())

    def sample(self, shape, fan_in, fan_out, rng):
        values = np.zeros(shape)
        for index in np.ndindex(shape):
            values[index] = float(index[-1] == index[0])
        return values


RIGHT = [
    SignedLogarithm,
    SignedSquare,
    Relu6,
    DeclaredRelu6,
    Bell,
    Sign,
    OnlyForward,
    UnitLength,
    Sorted,
    Median,
    Centred,
    Contrast,
    Poisson,
    Identity,
]


@pytest.mark.parametrize("component", RIGHT, ids=lambda component: component.__name__)
def test_a_right_component_passes(component, passes):
    passes(component)


def test_a_domain_needs_its_lower_bound_first():
    with pytest.raises(gn.OptionError, match="the lower one first"):
        gn.Checks(domain=(1.0, 0.0))
