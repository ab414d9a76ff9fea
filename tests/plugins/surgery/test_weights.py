"""Weights from other networks and from arrays; tests/oracle copies those of PyTorch."""

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def source():
    return gn.Network("dense(3) batch_norm tanh dense(10)").build(2, seed=7)


def test_arrays_of_equal_names_are_copied_with_state(source):
    source.state["1"]["running_mean"][...] = 3
    net = gn.Network("dense(3) batch_norm tanh dense(10)").build(2, dtype="float64")
    report = net.copy_weights(source)
    assert report.missing == report.unused == ()
    np.testing.assert_array_equal(net.flat_parameters, source.flat_parameters)
    assert (net.state["1"]["running_mean"] == 3).all()


def test_what_does_not_fit_is_left_out_if_that_is_allowed(source):
    net = gn.Network("dense(3) batch_norm tanh dense(4)").build(2)
    before = net.parameters["3.weights"].copy()
    report = net.copy_weights(source, strict=False)
    assert report.missing == report.unused == ("3.weights", "3.bias")
    np.testing.assert_array_equal(net.parameters["3.weights"], before)
    np.testing.assert_array_equal(net.parameters["0.weights"], source.parameters["0.weights"])


def test_a_bias_is_not_copied_from_a_scale_of_its_shape():
    source = gn.Network("dense(3) batch_norm dense(3) dense(1)").build(3, seed=1)
    net = gn.Network("dense(3) tanh dense(3) dense(1)").build(3, seed=2)
    copied = net.copy_weights(source, by="shape").copied
    assert copied["2.bias"] == "2.bias"
    assert copied["2.weights"] == "2.weights"


def test_arrays_of_equal_shapes_are_copied_in_their_order():
    source = gn.Network("dense(2) dense(2) dense(3)").build(2, seed=1)
    net = gn.Network("tanh dense(2) tanh dense(2) dense(3)").build(2)
    report = net.copy_weights(source, by="shape")
    assert report.copied["1.weights"] == "0.weights"
    assert report.copied["3.weights"] == "1.weights"
    np.testing.assert_array_equal(net.flat_parameters, source.flat_parameters)


def test_arrays_in_a_dictionary_are_copied():
    net = gn.Network("dense(1)").build(2)
    net.copy_weights({"0.weights": [[1], [2]], "0.bias": [3]})
    assert net.predict([[1.0, 1.0]]).item() == 6


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ({"0.weights": np.ones((3, 3)), "0.bias": np.ones(1)}, {}, "shape"),
        ({"0.weights": np.ones((2, 1))}, {}, "nothing for 0.bias"),
        ({"a": np.ones(9)}, {"strict": False}, "fits"),
        ("model.safetensors", {}, "gn.load"),
        ({}, {"by": "position"}, "'name' or 'shape'"),
    ],
)
def test_what_cannot_be_copied_is_one_sentence_and_changes_nothing(given, options, message):
    net = gn.Network("dense(1)").build(2)
    before = net.flat_parameters.copy()
    with pytest.raises(gn.GlassnetError, match=message):
        net.copy_weights(given, **options)
    np.testing.assert_array_equal(net.flat_parameters, before)
