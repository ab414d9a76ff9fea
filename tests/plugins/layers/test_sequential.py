from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer


def test_it_is_the_same_as_its_layers_one_after_another():
    together = gn.Network(["dense(3)", "sequential([tanh, dense(4)])", "dense(1)"]).build((2,), seed=5)
    apart = gn.Network(["dense(3)", "tanh", "dense(4)", "dense(1)"]).build((2,))
    apart.flat_parameters[:] = together.flat_parameters
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))

    for network in (together, apart):
        network.fit(x, y, loss="mse", optimizer="adam", epochs=3, batch_size=4, progress=False)

    np.testing.assert_array_equal(together.flat_parameters, apart.flat_parameters)
    np.testing.assert_array_equal(together.predict(x), apart.predict(x))


@pytest.mark.parametrize("batch", [1, 3])
def test_backward_agrees_with_central_differences(batch):
    layer = gn.create("layer", "sequential([dense(3), tanh, sequential([dense(2), dropout(0.3)])])")

    errors = check_layer(layer, np.random.default_rng(0).normal(size=(batch, 4)))

    assert set(errors) == {"0.weights", "0.bias", "2.0.weights", "2.0.bias", "input"}
    assert max(errors.values()) <= 1e-6


def test_it_reads_integers_where_its_first_layer_does():
    network = gn.Network(["sequential([embedding(300, 2), flatten])"]).build((2,))

    assert network.integer_input
    np.testing.assert_array_equal(
        network.predict(np.array([[255, 0]], "uint8"))[0], network.parameters["0.0.weights"][[255, 0]].ravel()
    )
    assert not gn.Network(["sequential([flatten, embedding(300, 2)])"]).integer_input


def test_a_model_file_brings_it_back(tmp_path):
    network = gn.Network(["sequential([dense(3), tanh])", "dense(2)"]).build((4,), seed=1)
    network.save(tmp_path / "model.safetensors")

    loaded = gn.load(tmp_path / "model.safetensors")

    x = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
    np.testing.assert_array_equal(loaded.predict(x), network.predict(x))
    assert list(loaded.parameters) == ["0.0.weights", "0.0.bias", "1.weights", "1.bias"]


def test_a_layer_inside_that_does_not_fit_is_named():
    with pytest.raises(
        gn.ShapeError, match=r"layer 0 'sequential.*layer 1 'lstm\(2\)': expected \(batch, time, features\)"
    ):
        gn.Network(["sequential([dense(4), lstm(2)])"]).build((4,))


@pytest.mark.parametrize("layers", [[], "dense(3)"])
def test_layers_are_a_list_of_one_or_more(layers):
    with pytest.raises(gn.OptionError, match="sequential: layers must"):
        gn.layers.sequential(layers)
