"""The output of each layer, computed here by hand or by the layers one at a time."""

import numpy as np
import pytest

import glassnet as gn


def test_outputs_of_layers_are_those_computed_by_hand():
    net = gn.Network("dense(2) relu dense(1)").build(2)
    net.parameters = {
        "0.weights": [[1, -1], [2, 0]],
        "0.bias": [0.5, 0],
        "2.weights": [[3], [1]],
        "2.bias": [-1],
    }
    outputs = net.activations([[1.0, 2.0]])
    assert outputs["0"].tolist() == [[5.5, -1]]
    assert outputs["1"].tolist() == [[5.5, 0]]
    assert outputs["2"].tolist() == [[15.5]]


def test_layers_within_layers_are_named_as_their_parameters():
    net = gn.Network("dense(2) concat([dense(2), sequential([dense(3), tanh])]) residual([dense(5)])").build(2)
    outputs = net.activations([[1.0, 2.0]])
    assert list(outputs) == ["0", "1", "1.0", "1.1", "1.1.0", "1.1.1", "2", "2.0"]
    assert {name.rpartition(".")[0] for name in net.parameters} <= set(outputs)
    np.testing.assert_array_equal(outputs["1"], np.hstack([outputs["1.0"], outputs["1.1"]]))
    np.testing.assert_array_equal(outputs["1.1.1"], np.tanh(outputs["1.1.0"]))
    np.testing.assert_allclose(outputs["2"], outputs["1"] + outputs["2.0"])


def test_a_layer_in_two_places_has_an_output_for_each():
    layer = gn.layers.dense(2)
    net = gn.Network([layer, "tanh", layer]).build(2)
    outputs = net.activations([[1.0, 2.0]])
    w, b = net.parameters["0.weights"], net.parameters["0.bias"]
    np.testing.assert_allclose(outputs["2"], outputs["1"] @ w + b, rtol=1e-6)


def test_dropout_drops_in_training_alone_and_state_stays():
    net = gn.Network("batch_norm dropout(0.5)").build(4)
    x = np.random.default_rng(0).normal(size=(64, 4))
    assert not (net.activations(x)["1"] == 0).any()
    assert 0.3 < (net.activations(x, training=True)["1"] == 0).mean() < 0.7
    assert (net.state["0"]["running_mean"] == 0).all()


def test_the_last_output_is_the_prediction():
    net = gn.Network("embedding(7, 3) lstm(4) dense(2) softmax").build((5,))
    x = np.random.default_rng(0).integers(0, 7, (3, 5))
    np.testing.assert_allclose(net.activations(x)["3"], net.predict(x), rtol=1e-6)


def test_an_unknown_layer_is_named_with_those_that_exist():
    outputs = gn.Network("dense(2)").build(2).activations([[1.0, 2.0]])
    with pytest.raises(gn.GlassnetError, match=r"no activation '1' \(0\)"):
        outputs["1"]


def test_samples_of_a_wrong_shape_are_an_error_of_ours():
    net = gn.Network("dense(2)").build(2)
    with pytest.raises(gn.ShapeError, match="expected"):
        net.activations([[1.0, 2.0, 3.0]])
