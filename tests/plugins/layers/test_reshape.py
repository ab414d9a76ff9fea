from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer


@pytest.mark.parametrize(
    ("wanted", "shape", "made"),
    [
        ([6], (2, 3), (6,)),
        ([2, 3], (6,), (2, 3)),
        ([-1], (2, 3, 4), (24,)),
        ([2, -1, 3], (24,), (2, 4, 3)),
        ([4, -1], (4,), (4, 1)),
        ([], (1, 1), ()),
    ],
)
def test_output_shape(wanted, shape, made):
    assert gn.layers.reshape(wanted).output_shape(shape) == made


def test_the_last_axis_goes_fastest_and_samples_stay_apart():
    y, _ = gn.layers.reshape([3, 2]).forward({}, np.arange(12.0).reshape(2, 2, 3), None)

    np.testing.assert_array_equal(y, [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]])


def test_backward_gives_each_value_the_gradient_of_its_place():
    reshape = gn.layers.reshape([3, 2])
    x = np.zeros((1, 2, 3), "float32")
    _, cache = reshape.forward({}, x, None)

    dx = reshape.backward({}, cache, np.array([[[1, 2], [3, 4], [5, 6]]], "float32"), {}, None)

    np.testing.assert_array_equal(dx, [[[1, 2, 3], [4, 5, 6]]])
    assert dx.dtype == np.float32


@pytest.mark.parametrize("batch", [1, 3])
def test_backward_agrees_with_central_differences(batch):
    x = np.random.default_rng(0).normal(size=(batch, 2, 6))

    assert check_layer(gn.layers.reshape([3, -1, 2]), x)["input"] <= 1e-6


def test_nothing_is_copied():
    x = np.zeros((2, 3, 4))

    y, _ = gn.layers.reshape([12]).forward({}, x, None)

    assert np.shares_memory(x, y)


@pytest.mark.parametrize(
    ("wanted", "shape"), [([5], (2, 3)), ([4, -1], (2, 3)), ([-1, -1], (2, 3)), ([0, -1], (2, 3)), ([], (2,))]
)
def test_a_shape_that_does_not_fit_is_refused(wanted, shape):
    with pytest.raises(gn.ShapeError, match=r"expected samples whose values fill \(.*\), got \d values in \("):
        gn.layers.reshape(wanted).output_shape(shape)


@pytest.mark.parametrize("wanted", [3, "2, 3", [2.5], [-2]])
def test_a_shape_is_a_list_of_lengths(wanted):
    with pytest.raises(gn.OptionError, match="reshape: shape must be"):
        gn.layers.reshape(wanted)


def test_its_spec_makes_it_again():
    assert repr(gn.create("layer", "reshape([2, -1])")) == "reshape([2, -1])"
