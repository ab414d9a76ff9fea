"""clip_norm: a long gradient is shortened before the optimizer reads it, a short one stays."""

from types import SimpleNamespace

import numpy as np
import pytest

import glassnet as gn


def step(limit, target):
    """One step of size 1 from zero; the gradient of the squared error is -2 * target / 2 for each of two outputs."""
    net = gn.Network(["dense(2, weight_init=zeros, bias=False)"]).build((1,), dtype="float64")
    net.fit(
        [[1.0]], [target], loss="mse", optimizer="sgd(lr=1.0)", batch_size=1,
        callbacks=[gn.callbacks.clip_norm(limit)],
    )  # fmt: skip
    return net.flat_parameters


@pytest.mark.parametrize(("limit", "expected"), [(1.0, [0.6, 0.8]), (5.0, [3.0, 4.0]), (10.0, [3.0, 4.0])])
def test_the_gradient_keeps_its_direction_and_no_more_than_the_limit(limit, expected):
    np.testing.assert_allclose(step(limit, [3.0, 4.0]), expected, rtol=1e-12)


def test_a_gradient_of_zero_stays_zero():
    np.testing.assert_array_equal(step(1.0, [0.0, 0.0]), 0)


def test_the_norm_is_that_of_the_whole_network_not_of_a_layer():
    rng = np.random.default_rng(0)
    norms = []

    class Look(gn.Callback):
        @gn.run_hookimpl(trylast=True)
        def on_after_backward(self, run):
            norms.append(np.linalg.norm(run.network.gradients))

    x = rng.normal(size=(20, 3))
    net = gn.Network(["dense(4)", "tanh", "dense(1)"])
    net.fit(x, 50 * x[:, :1], loss="mse", optimizer="sgd", batch_size=5, callbacks=["clip_norm(0.5)", Look()])
    np.testing.assert_allclose(norms, 0.5, rtol=1e-5)


def test_a_gradient_whose_squares_overflow_is_shortened_and_not_lost():
    class Explode(gn.Callback):
        def on_after_backward(self, run):
            run.network.gradients[:] = [-3e25, -4e25]

    net = gn.Network(["dense(2, weight_init=zeros, bias=False)"]).build((1,), dtype="float32")
    net.fit(
        [[1.0]],
        [[0.0, 0.0]],
        loss="mse",
        optimizer="sgd(lr=1.0)",
        batch_size=1,
        callbacks=[Explode(), "clip_norm(1.0)"],
    )
    np.testing.assert_allclose(net.flat_parameters, [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_a_gradient_that_is_not_finite_is_left_as_it_is(value):
    gradients = np.array([value, 1.0, -2.0], np.float32)
    run = SimpleNamespace(network=SimpleNamespace(gradients=gradients))
    gn.callbacks.clip_norm(1.0).on_after_backward(run)
    np.testing.assert_array_equal(gradients, [value, 1.0, -2.0])
