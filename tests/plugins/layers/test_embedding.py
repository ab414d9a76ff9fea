from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

WEIGHTS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def gradients(network, x, dy):
    """The output and the gradient of the weights."""
    with network.workspace(training=True) as ctx:
        network.gradients[:] = np.nan
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        network.sequence.backward(
            network.parameter_views, caches, np.asarray(dy, network.dtype), network.gradient_views, ctx
        )
    return y.copy(), network.layout.named(network.gradients)["0.weights"].copy()


def three_vectors(spec="embedding(3, 2)", shape=(2,), dtype="float64"):
    network = gn.Network([spec]).build(shape, dtype=dtype)
    network.parameters["0.weights"][:] = WEIGHTS
    return network


def test_each_index_gets_its_row():
    np.testing.assert_array_equal(three_vectors().predict([[2, 0], [1, 1]]), [[[5, 6], [1, 2]], [[3, 4], [3, 4]]])


def test_gradients_of_one_index_are_added_up_and_those_of_others_are_zero():
    dy = [[[1, 10], [2, 20]], [[3, 30], [4, 40]]]

    _, gradient = gradients(three_vectors(), np.array([[2, 0], [2, 2]]), dy)

    np.testing.assert_array_equal(gradient, [[2, 20], [0, 0], [1 + 3 + 4, 80]])


@pytest.mark.parametrize("spec", ["embedding(7, 3)", "embedding(7, 3, padding=0)", "embedding(7, 3, padding=6)"])
@pytest.mark.parametrize("shape", [(1,), (4,), (1, 5), (3, 4), (2, 3, 2)])
def test_backward_agrees_with_central_differences(spec, shape):
    indices = np.random.default_rng(0).integers(0, 7, shape)

    errors = check_layer(gn.create("layer", spec), indices)

    assert list(errors) == ["weights"]
    assert errors["weights"] <= 1e-6


def test_a_training_step_changes_the_rows_that_were_looked_up():
    network = three_vectors(shape=(1,))

    network.fit([[0], [0]], np.zeros((2, 1, 2)), loss="mse", optimizer="sgd(lr=0.1)", progress=False)

    np.testing.assert_array_equal(network.parameters["0.weights"][1:], WEIGHTS[1:])
    assert (network.parameters["0.weights"][0] != WEIGHTS[0]).all()


def test_the_vector_of_padding_is_zero_and_stays_zero():
    network = three_vectors("embedding(3, 2, padding=1)")
    x = np.array([[1, 0], [2, 1]])
    expected = [[[0, 0], [1, 2]], [[5, 6], [0, 0]]]

    y, gradient = gradients(network, x, np.ones((2, 2, 2)))

    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(gradient, [[1, 1], [0, 0], [1, 1]])
    network.fit(x, np.ones((2, 2, 2)), loss="mse", optimizer="adam", regularizer="l2(0.1)", epochs=3, progress=False)
    assert not network.predict([[1, 1]]).any()


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "uint64"])
def test_integers_of_any_type_are_indices(dtype):
    np.testing.assert_array_equal(three_vectors().predict(np.array([[2, 0]], dtype)), [[[5, 6], [1, 2]]])


def test_whole_numbers_in_floating_point_are_indices():
    np.testing.assert_array_equal(three_vectors().predict([[2.0, 0.0]]), [[[5, 6], [1, 2]]])


def test_an_index_behind_another_layer_is_still_one():
    network = gn.Network(["reshape([2, 2])", "embedding(3, 2)"]).build((4,), dtype="float64")
    network.parameters["1.weights"][:] = WEIGHTS

    np.testing.assert_array_equal(network.predict([[0, 1, 2, 0]]), [[[[1, 2], [3, 4]], [[5, 6], [1, 2]]]])


@pytest.mark.parametrize("wrong", [3, -1, 100])
def test_an_index_outside_of_the_vocabulary_is_named(wrong):
    with pytest.raises(gn.DataError) as caught:
        three_vectors().predict([[0, 1], [2, wrong]])
    assert str(caught.value) == (
        f"embedding(3, 2): {wrong} at sample 1 of the batch, position (1,) is not an index of its vocabulary of 3 "
        "(0 to 2); change the data, or make the vocabulary larger"
    )


def test_a_number_that_is_not_whole_is_no_index():
    with pytest.raises(gn.DataError, match=r"1.5 at sample 0 of the batch, position \(1,\) is not an index"):
        three_vectors().predict([[0.0, 1.5]])


def test_the_input_stays_as_it_is_and_float32_stays_float32():
    network, x = three_vectors(dtype="float32"), np.array([[2, 0]])

    y, gradient = gradients(network, x, np.ones((1, 2, 2)))

    assert y.dtype == gradient.dtype == np.float32
    np.testing.assert_array_equal(x, [[2, 0]])


@pytest.mark.parametrize("computed_by", ["accelerators"], indirect=True)
def test_there_is_no_gradient_of_an_index():
    network = three_vectors()
    with network.workspace(training=True) as ctx:
        y, caches = network.sequence.forward(network.parameter_views, np.array([[2, 0]]), ctx)
        assert network.sequence.backward(network.parameter_views, caches, y, network.gradient_views, ctx) is None
        ctx.needs_input_grad = True
        dx = network.sequence.backward(network.parameter_views, caches, y, network.gradient_views, ctx)
    np.testing.assert_array_equal(dx, [[0, 0]])


def test_shapes_of_output_and_parameters():
    embedding = gn.layers.embedding(1000, 16)

    assert embedding.output_shape((20,)) == (20, 16)
    assert embedding.output_shape(()) == (16,)
    assert embedding.parameters((20,))["weights"].shape == (1000, 16)


def test_first_vectors_are_small_for_every_activation():
    weights = gn.Network(["embedding(1000, 16)", "relu"]).build((2,)).parameters["0.weights"]

    assert 0.0499 < np.abs(weights).max() <= 0.05
    # The variance of 16,000 values is known to 0.7 % (one standard deviation, uniform distribution).
    assert weights.var() == pytest.approx(0.1**2 / 12, rel=0.03)


def test_a_model_file_brings_the_layer_back(tmp_path):
    network = three_vectors("embedding(3, 2, padding=0)", dtype="float32")
    network.save(tmp_path / "model.safetensors")

    np.testing.assert_array_equal(gn.load(tmp_path / "model.safetensors").predict([[2, 0]]), [[[5, 6], [0, 0]]])


@pytest.mark.parametrize("padding", [3, 4])
def test_padding_must_be_in_the_vocabulary(padding):
    with pytest.raises(gn.OptionError, match="padding must be one of the indices, 0 to 2"):
        gn.layers.embedding(3, 2, padding=padding)


@pytest.mark.parametrize("options", [{"vocabulary": 0, "units": 2}, {"vocabulary": 3, "units": 0}])
def test_sizes_must_be_positive(options):
    with pytest.raises(gn.OptionError, match="must be >= 1"):
        gn.layers.embedding(**options)
