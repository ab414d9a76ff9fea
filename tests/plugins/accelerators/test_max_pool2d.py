"""The compiled max_pool2d: the bytes with NumPy alone, and the layer itself where windows overlap."""

import itertools

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.max_pool2d import NumbaMaxPool2D
from glassnet_accelerators.numpy_only.max_pool2d import NumpyMaxPool2D


def both_ways(layer, x, dy):
    net = gn.Network([layer]).build(x.shape[1:], dtype=x.dtype.name)
    with net.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        y, caches = net.sequence.forward(net.parameter_views, x, ctx)
        y = y.copy()
        return y, net.sequence.backward(net.parameter_views, caches, dy, net.gradient_views, ctx).copy()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("spec", "shape"), [("max_pool2d", (5, 7, 3)), ("max_pool2d([1, 3])", (4, 9, 2))])
def test_every_bit_is_that_with_numpy_alone(spec, shape, dtype):
    layer = gn.create("layer", spec)
    faster = NumbaMaxPool2D().replacement(layer)
    assert faster is not layer
    rng = np.random.default_rng(0)
    x = rng.integers(-2, 3, (4, *shape)).astype(dtype)  # many equal ones
    x[0, 0, 0, 0] = np.nan
    dy = rng.normal(size=(4, *layer.output_shape(shape))).astype(dtype)
    for got, wanted in zip(
        both_ways(faster, x, dy), both_ways(NumpyMaxPool2D().replacement(layer), x, dy), strict=True
    ):
        assert got.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3, 16])
def test_zeros_of_both_signs_give_plus_zero_with_each(channels, dtype):
    """NumPy's maximum returns the second of 0 and -0, or +0, as processor and memory layout have it."""
    windows = np.array(list(itertools.product([0.0, -0.0, -1.0, np.nan, -np.inf], repeat=4)), dtype)
    x = np.repeat(windows.reshape(-1, 2, 2, 1), channels, axis=3)
    largest = np.where(np.isnan(windows).any(axis=1), np.nan, windows.max(axis=1)) + 0.0
    layer = gn.layers.max_pool2d()
    for pool in (layer, NumpyMaxPool2D().replacement(layer), NumbaMaxPool2D().replacement(layer)):
        y, _ = both_ways(pool, x, np.ones((len(x), 1, 1, channels), dtype))
        for channel in range(channels):
            np.testing.assert_array_equal(y[:, 0, 0, channel], largest)
        assert not np.signbit(y[y == 0]).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_bit_is_that_with_numpy_alone_at_special_numbers(dtype):
    layer = gn.create("layer", "max_pool2d([2, 3])")
    rng = np.random.default_rng(0)
    special = np.array([0.0, -0.0, np.inf, -np.inf, 1e-45, -1e-45, 1.0, -1.0], dtype)
    x, dy = rng.choice(special, (64, 5, 7, 3)), rng.choice(special, (64, 2, 2, 3))
    with np.errstate(invalid="ignore"):
        ways = [
            both_ways(pool, x, dy)
            for pool in (NumbaMaxPool2D().replacement(layer), NumpyMaxPool2D().replacement(layer))
        ]
    for got, wanted in zip(*ways, strict=True):
        finite = ~np.isnan(wanted)  # the sign of a NaN means nothing
        assert got[finite].tobytes() == wanted[finite].tobytes()
        np.testing.assert_array_equal(np.isnan(got), ~finite)


def test_by_hand():
    x = np.array([[1, 5, 2], [5, 3, 9]], float).reshape(1, 2, 3, 1)
    y, dx = both_ways(NumbaMaxPool2D().replacement(gn.layers.max_pool2d()), x, np.full((1, 1, 1, 1), 7.0))
    assert y.tolist() == [[[[5.0]]]]
    # The first of the two fives; the last column is in no window.
    assert dx[0, :, :, 0].tolist() == [[0, 7, 0], [0, 0, 0]]


@pytest.mark.parametrize("spec", ["max_pool2d(3, stride=2)", "max_pool2d(padding='same')", "max_pool2d(3, padding=1)"])
def test_what_it_cannot_do_is_left_to_the_layer(spec):
    layer = gn.create("layer", spec)
    assert NumbaMaxPool2D().replacement(layer) is layer
