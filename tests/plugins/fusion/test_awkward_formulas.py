"""Formulas in which NumPy does what is easily overlooked: what is fused has its bytes, or the formula is left to it."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.fused_layer import fusion_of_layer
from glassnet_fusion.fused_optimizer import update_of
from glassnet_fusion.programs import finish_compiling

X = np.random.default_rng(0).normal(0, 2, (70, 70)).astype(np.float32)
ZEROS = np.random.default_rng(1).choice(np.array([0.0, -0.0, 1, -1], np.float32), X.shape)


def with_marked_rows(x, marks):
    y = x * 2
    y[marks > 0] = 0.5
    return y + 1


@pytest.mark.parametrize(("shape", "axes"), [((70, 70), 1), ((70, 50), 1), ((20, 20, 20), 2), ((70, 70), 2)], ids=str)
def test_a_mask_of_the_first_axes_marks_whole_rows(shape, axes, compiled):
    x, marks = np.ones(shape), np.random.default_rng(2).normal(size=shape[:axes])
    fused = FusedFunction(with_marked_rows, with_marked_rows)
    y = compiled(fused, x, marks)
    assert fused.has_run
    np.testing.assert_array_equal(y[marks > 0], 1.5)
    np.testing.assert_array_equal(y[marks <= 0], 3)


@pytest.mark.parametrize(
    "choices",
    [
        lambda x: np.select([x > 1, x < -1], [x, -1.0], 0.0),
        lambda x: np.select([x > 1, x < -1], [x, -1], 0) * x,
        lambda x: np.select([x > 1, x < -1], [0.1, 0.3], x) + 1,
        lambda x: np.select([x > 1, x < -1], [0.1, 0.3]) * x,
    ],
)
def test_numbers_to_choose_from_leave_the_type_as_it_is(choices, compiled, same_bytes):
    fused = FusedFunction(choices, choices)
    same_bytes(compiled(fused, X), choices(X))
    assert fused.has_run


def in_another_order(x, y):
    return x.reshape(7, 10, 70).transpose(0, 2, 1) * 2 + 1


LEFT = {
    "it computes with 6364136223846793005, which float64 rounds": lambda x, y: (x > 0) * 6364136223846793005 + x,
    "it calls np.clip with bounds that are arrays": lambda x, y: np.clip(x, y, y + 1) * 2,
    "it calls np.clip with bounds that are NaN": lambda x, y: np.clip(x, float("nan"), 1) * 2,
    "it calls np.fmax, which takes one of two zeros by its place": lambda x, y: np.fmax(x, y) + x,
    "it calls np.fmin, which takes one of two zeros by its place": lambda x, y: np.fmin(x, y) + x,
    "it calls np.copysign, which takes the sign of a NaN": lambda x, y: np.copysign(x, y) + x,
    "it returns an array whose elements are in another order in memory": in_another_order,
    "it calls np.sum with arguments that are not followed": lambda x, y: x + np.sum(x, axis=-1, initial=1.0),
    "it calls np.power with an array of one exponent": lambda x, y: x ** y[:1, :1] + 1,
}


@pytest.mark.parametrize("reason", LEFT)
def test_what_is_not_followed_is_left_to_numpy(reason):
    fused = FusedFunction(LEFT[reason], LEFT[reason])
    assert fused.reason(ZEROS, np.roll(ZEROS, 1)) == reason


def test_one_exponent_for_all_is_left_to_numpy(compiled, same_bytes):
    # NumPy squares then, which its loop for powers does not do.
    fused = FusedFunction(lambda x, p: x**p + 1, lambda x, p: x**p + 1)
    same_bytes(compiled(fused, np.abs(X), np.full((1, 1), 2, X.dtype)), X * X + 1)


class Rebinding(gn.Optimizer):
    """Puts new arrays into its state."""

    lr: float = gn.option(0.5, gt=0, help="step size")
    slots = ("v",)

    def update(self, p, g, state, lr, t):
        state["v"] = 0.5 * state["v"] + g
        p -= lr * state["v"]


@pytest.mark.parametrize("count", [10, 70_000])
def test_new_arrays_in_the_state_of_an_optimizer_are_kept(count):
    optimizer = Rebinding()
    fused = everything_fused(optimizer)
    p, state = np.zeros(count), {"v": np.zeros(count)}
    for _ in range(3):
        fused.update(p, np.ones(count), state, 0.5, 1)
        finish_compiling()
    # The sums are 1, 1.5 and 1.75, of which a half each goes.
    np.testing.assert_array_equal(p, -2.125)
    assert update_of(optimizer).last_reason == "it replaces its array v"


class Counting(gn.Layer):
    """Puts new arrays into its state."""

    def state(self, shape):
        return {"mean": np.zeros(shape[-1])}

    def forward(self, params, x, ctx):
        ctx.state["mean"] = ctx.state["mean"] + x.mean(axis=0)
        return x * 2 + 1, None

    def backward(self, params, cache, dy, grads, ctx):
        return dy * 2 + 0


def test_new_arrays_in_the_state_of_a_layer_are_kept():
    layer = Counting()
    net, x = gn.Network([everything_fused(layer)]).build((40,), seed=0), np.full((300, 40), 3, np.float32)
    for _ in range(3):
        with net.workspace(training=True) as ctx:
            net.sequence.forward(net.parameter_views, x, ctx)
            np.testing.assert_array_equal(ctx.child("0").state["mean"] % 3, 0)
        finish_compiling()
    np.testing.assert_array_equal(ctx.child("0").state["mean"], 9)
    ((function, _),) = fusion_of_layer(layer, True, True, True).forwards.values()
    assert function.last_reason == "it replaces its array mean"


class Measuring(gn.Layer):
    """Keeps a number of its input."""

    def forward(self, params, x, ctx):
        largest = float(x.max())
        return x / largest, largest

    def backward(self, params, cache, dy, grads, ctx):
        return dy / cache + 0


def test_a_cache_with_another_number_at_each_step_is_not_recorded_for_ever():
    layer = Measuring()
    net = gn.Network([everything_fused(layer)]).build((40,), seed=0)
    for step in range(1, 100):
        with net.workspace(training=True) as ctx:
            ctx.needs_input_grad = True
            x = np.full((300, 40), step, np.float32)
            _, caches = net.sequence.forward(net.parameter_views, x, ctx)
            dx = net.sequence.backward(net.parameter_views, caches, x, net.gradient_views, ctx)
            np.testing.assert_array_equal(dx, 1)
    assert len(fusion_of_layer(layer, True, True, True).backwards) < 99
