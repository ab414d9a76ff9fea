"""What holds for every activation."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

NAMES = [
    "elu",
    "elu(alpha=2)",
    "gelu",
    "gelu(approximate='tanh')",
    "leaky_relu",
    "leaky_relu(0.3)",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softplus(beta=3)",
    "tanh",
]
SHAPES = [(1, 1), (1, 7), (5, 3), (4, 2, 3), (2, 3, 2, 4)]

pytestmark = pytest.mark.parametrize("name", NAMES)


def create(name):
    return gn.create("activation", name)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_backward_agrees_with_central_differences(name, shape, seed):
    x = np.random.default_rng(seed).normal(size=shape) * 2

    assert check_layer(create(name), x, seed=seed)["input"] <= 1e-6


def test_one_instance_used_twice_has_correct_gradients(name):
    activation = create(name)
    network = gn.Network(["dense(5)", activation, "dense(4)", activation, "dense(3)"]).build((6,), seed=2)
    rng = np.random.default_rng(2)
    # With all biases zero, relu would be looked at exactly in its kink, where all units before are off.
    network.flat_parameters[:] = rng.normal(size=network.flat_parameters.size)

    errors = gn.check_gradients(network, rng.normal(size=(7, 6)), rng.normal(size=(7, 3)), "mse")

    assert len(errors) == 6
    assert max(errors.values()) <= 1e-6


def test_an_instance_that_kept_its_own_cache_would_be_found_out(name):
    kept = {}

    class Forgetful(type(create(name))):
        def forward(self, x):
            kept["x"], kept["y"] = x, super().forward(x)
            return kept["y"]

        def backward(self, dy, x, y):
            # The cache of the second use, where the first one's is wanted.
            return super().backward(dy, kept["x"], kept["y"])

    activation = Forgetful()
    network = gn.Network(["dense(4)", activation, "dense(4)", activation, "dense(3)"]).build((6,), seed=2)
    rng = np.random.default_rng(2)

    errors = gn.check_gradients(network, rng.normal(size=(7, 6)), rng.normal(size=(7, 3)), "mse")

    # Only the identity has a derivative that needs no cache.
    assert (errors["0.weights"] > 1e-2) == (name != "linear")


def test_float32_stays_float32(name):
    activation = create(name)
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")

    y = activation.forward(x)

    assert y.dtype == np.float32
    assert activation.backward(np.ones_like(y), x, y).dtype == np.float32


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_up_to_1e4_neither_overflow_nor_become_nan(name, dtype):
    # An overflow would warn, and warnings are errors here.
    activation = create(name)
    rows = [[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4], [88.8, -88.8, 104], [-745, 710, 1e-30]]
    x = np.concatenate([np.array(rows, dtype), np.linspace(-1e4, 1e4, 999, dtype=dtype).reshape(-1, 3)])

    y = activation.forward(x)
    dx = activation.backward(np.full_like(x, 1e4), x, y)

    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()
    if activation.output_type != "values":
        assert ((y >= 0) & (y <= 1)).all()


def test_inputs_stay_as_they_are(name):
    activation = create(name)
    x = np.random.default_rng(0).normal(size=(4, 3))
    y = activation.forward(x)
    dy = np.random.default_rng(1).normal(size=(4, 3))
    before = x.copy(), y.copy(), dy.copy()

    activation.forward(x)
    activation.backward(dy, x, y)

    for array, copy in zip((x, y, dy), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_what_predict_returns_is_not_the_input_itself(name):
    x = np.zeros((2, 3), "float32")

    y = gn.Network([name]).build((3,)).predict(x)

    assert not np.shares_memory(x, y)


def test_nan_stays_visible(name):
    # A NaN that turned into a number would hide that training has gone wrong.
    assert np.isnan(create(name).forward(np.array([[np.nan]]))).all()
