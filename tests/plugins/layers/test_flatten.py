from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer


@pytest.mark.parametrize(
    ("shape", "flat"), [((), (1,)), ((5,), (5,)), ((2, 3), (6,)), ((28, 28, 1), (784,)), ((4, 1, 3, 2), (24,))]
)
def test_output_shape_is_the_product(shape, flat):
    assert gn.layers.flatten().output_shape(shape) == flat


def test_the_last_axis_goes_fastest():
    image = np.array([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], dtype="float32")

    y, _ = gn.layers.flatten().forward({}, image, None)

    np.testing.assert_array_equal(y, [[1, 2, 3, 4, 5, 6, 7, 8]])
    assert y.dtype == np.float32


def test_samples_stay_apart():
    batch = np.arange(12.0).reshape(3, 2, 2)

    y, _ = gn.layers.flatten().forward({}, batch, None)

    np.testing.assert_array_equal(y, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])


def test_backward_gives_each_value_the_gradient_of_its_place():
    flatten = gn.layers.flatten()
    _, cache = flatten.forward({}, np.zeros((2, 2, 2), "float32"), None)

    dx = flatten.backward({}, cache, np.array([[1, 2, 3, 4], [5, 6, 7, 8]], "float32"), {}, None)

    np.testing.assert_array_equal(dx, [[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    assert dx.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 4), (3, 2, 2), (2, 3, 1, 2), (1, 2, 2)])
def test_backward_agrees_with_central_differences(shape):
    x = np.random.default_rng(0).normal(size=shape)

    assert check_layer(gn.layers.flatten(), x)["input"] <= 1e-6


def test_an_empty_batch_keeps_its_width():
    y, _ = gn.layers.flatten().forward({}, np.zeros((0, 2, 3)), None)

    assert y.shape == (0, 6)


def test_nothing_is_copied():
    x = np.zeros((2, 3, 4))

    y, _ = gn.layers.flatten().forward({}, x, None)

    assert np.shares_memory(x, y)


def test_what_predict_returns_is_not_the_input_itself():
    x = np.zeros((2, 3, 4), "float32")

    y = gn.Network(["flatten"]).build((3, 4)).predict(x)

    assert not np.shares_memory(x, y)
