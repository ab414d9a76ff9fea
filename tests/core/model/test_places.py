"""What a sequence of layers keeps in a context belongs to its layers and to the parameters that it is given."""

import numpy as np

import glassnet as gn
from glassnet.model.sequential import LayerSequence

X = np.array([[1.0, 2.0]], np.float32)


def parameters(factor):
    """Return the parameters of a dense that multiplies by a factor, and of another behind it that adds it."""
    one = np.eye(2, dtype=np.float32)
    return {
        "0": {"weights": one * factor, "bias": np.zeros(2, np.float32)},
        "1": {"weights": one, "bias": np.full(2, factor, np.float32)},
    }


def gradients():
    shapes = {"weights": (2, 2), "bias": (2,)}
    return {key: {name: np.full(shape, np.nan, np.float32) for name, shape in shapes.items()} for key in "01"}


def test_a_context_serves_other_parameters_and_other_layers():
    net = gn.Network("dense(2) dense(2)").build(2)
    sequence, swapped = net.sequence, LayerSequence([gn.layers.dense(2), gn.activations.relu()])
    with net.workspace(training=True) as ctx:
        for factor in (-2, -3, -2):
            params = parameters(factor)
            y, _ = sequence.forward(params, X, ctx)
            np.testing.assert_array_equal(y, X * factor + factor)
            y, _ = swapped.forward(params, X, ctx)
            np.testing.assert_array_equal(y, [[0, 0]])


def test_gradients_are_those_of_the_parameters_of_the_pass():
    net = gn.Network("dense(2) dense(2)").build(2)
    with net.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        for factor in (2, 5):
            params, grads = parameters(factor), gradients()
            _, caches = net.sequence.forward(params, X, ctx)
            dx = net.sequence.backward(params, caches, np.ones_like(X), grads, ctx)
            np.testing.assert_array_equal(dx, [[factor, factor]])
            np.testing.assert_array_equal(grads["1"]["weights"], [[factor] * 2, [2 * factor] * 2])


def test_layers_in_front_of_the_first_parameters_are_not_run_back():
    sequence = LayerSequence([gn.activations.relu(), gn.layers.dense(2)])
    with gn.Network("relu dense(2)").build(2).workspace(training=True) as ctx:
        params, grads = {"1": parameters(3)["0"]}, {"1": gradients()["0"]}
        _, caches = sequence.forward(params, X, ctx)
        caches[0] = "not to be read"
        assert sequence.backward(params, caches, np.ones_like(X), grads, ctx) is None
        np.testing.assert_array_equal(grads["1"]["weights"], X.T @ np.ones_like(X))
