"""Slices, new heads and layers in between keep the weights of all other layers."""

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 2))


@pytest.fixture
def net():
    net = gn.Network("dense(3) batch_norm tanh residual([dense(3), relu]) dense(2) softmax").build(2, dtype="float64")
    net.fit(X, [0, 1, 1, 0, 1], loss="categorical_crossentropy", optimizer="adam", epochs=2)
    return net


def test_slices_compute_what_the_layers_compute_in_the_network(net):
    outputs = net.activations(X)
    np.testing.assert_allclose(net[:-1].predict(X), outputs["4"], rtol=1e-12)
    np.testing.assert_allclose(net[:2].predict(X), outputs["1"], rtol=1e-12)
    np.testing.assert_allclose(net[3].predict(outputs["2"]), outputs["3"], rtol=1e-12)
    np.testing.assert_allclose(net[3:].predict(outputs["2"]), outputs["5"], rtol=1e-12)
    np.testing.assert_allclose(net[-1].predict(outputs["4"]), outputs["5"], rtol=1e-12)


def test_a_slice_shares_no_numbers(net):
    part = net[:1]
    part.parameters["0.weights"][...] = 0
    assert net.parameters["0.weights"].all()


def test_a_slice_of_a_shared_layer_has_its_weights():
    layer = gn.layers.dense(2)
    net = gn.Network([layer, "tanh", layer]).build(2)
    np.testing.assert_array_equal(net[2].parameters["0.weights"], net.parameters["0.weights"])
    assert list(net[:].parameters) == ["0.weights", "0.bias"]


def test_a_network_that_is_not_built_has_parts_too():
    assert repr(gn.Network("dense(3) tanh dense(1)")[1:]) == "Network(['tanh', 'dense(1)'])"


def test_a_new_head_keeps_the_body(net):
    other = net.replace_head("dense(4) softmax", seed=5)
    assert repr(other[-2:]) == "Network(['dense(4)', 'softmax'])"
    np.testing.assert_array_equal(other[:4].flat_parameters, net[:4].flat_parameters)
    np.testing.assert_array_equal(other.state["1"]["running_mean"], net.state["1"]["running_mean"])
    assert other.predict(X).shape == (5, 4)
    expected = gn.Network(net.layers[:4] + other.layers[4:]).build(2, seed=5, dtype="float64")
    np.testing.assert_array_equal(other.parameters["4.weights"], expected.parameters["4.weights"])


def test_layers_put_in_between_move_the_others(net):
    other = net.insert(4, ["dropout(0.5)", gn.layers.dense(3)])
    np.testing.assert_array_equal(other.parameters["6.weights"], net.parameters["4.weights"])
    np.testing.assert_array_equal(other.parameters["3.0.bias"], net.parameters["3.0.bias"])
    assert repr(net.insert(0, "flatten").layers[0]) == "flatten"
    assert repr(net.insert(6, "linear").layers[-1]) == "linear"


def test_one_layer_is_replaced_by_several(net):
    other = net.replace(2, "relu dropout(0.1)")
    assert [repr(layer) for layer in other.layers][:4] == ["dense(3)", "batch_norm", "relu", "dropout(rate=0.1)"]
    hidden = np.maximum(net[:2].predict(X), 0)
    np.testing.assert_allclose(other.predict(X), net[3:].predict(hidden))


def test_what_is_known_of_the_training_goes_along_where_it_applies(net):
    assert net[:-1].inputs == net.inputs
    assert net[1:].inputs is None
    assert net.insert(3, "linear").evaluate(X, [0, 1, 1, 0, 1]) == net.evaluate(X, [0, 1, 1, 0, 1])
    assert net[:-1].evaluation_config is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: net[9], "no layer 9"),
        (lambda net: net["0"], "an index or a slice"),
        (lambda net: net[6:], "at least one layer"),
        (lambda net: net.insert(4, "dense(9)"), "weights of shape"),
        (lambda net: net.insert(9, "relu"), "no place 9"),
        (lambda net: net.replace(slice(None, None, 2), "relu"), "neighbouring"),
        (lambda net: net.replace(0, "dens(3)"), "dense"),
        (lambda net: gn.Network("relu").build(2).replace_head("dense(1)"), "no head"),
        (lambda net: list(net), "not iterable"),
    ],
)
def test_wrong_places_are_one_sentence(net, call, message):
    with pytest.raises(gn.GlassnetError, match=message):
        call(net)
