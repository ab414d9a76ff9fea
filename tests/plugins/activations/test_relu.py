from __future__ import annotations

import numpy as np

import glassnet as gn


def test_negative_values_become_zero():
    y = gn.activations.relu().forward(np.array([[-3.0, -0.5, 0.0, 0.5, 3.0]]))

    np.testing.assert_array_equal(y, [[0.0, 0.0, 0.0, 0.5, 3.0]])


def test_the_gradient_passes_where_the_input_is_positive_and_not_at_zero():
    x = np.array([[-3.0, 0.0, 2.0, 5.0]])
    relu = gn.activations.relu()

    dx = relu.backward(np.array([[7.0, 7.0, 7.0, -7.0]]), x, relu.forward(x))

    np.testing.assert_array_equal(dx, [[0.0, 0.0, 7.0, -7.0]])


def test_he_suits_it():
    assert gn.activations.relu().initializer == "he_normal"


def test_it_keeps_the_size_of_activations_through_deep_networks():
    # He's variance doubles the mean square and relu halves it; Glorot's would leave 1/1024 after ten layers.
    network = gn.Network(["dense(256, bias=False)", "relu"] * 10).build((256,), seed=0)
    x = np.random.default_rng(0).normal(size=(500, 256)).astype("float32")

    before, after = np.mean(x**2), np.mean(network.predict(x) ** 2)

    # Ten random matrices of 256 rows scatter by a third.
    assert 0.4 < after / before < 2.5
