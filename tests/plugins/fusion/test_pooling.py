"""Pooling layers: their formulas, compiled, and the accelerators in NumPy beside them."""

import itertools

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.choice import Acceleration
from glassnet_accelerators.numpy_only.max_pool2d import NumpyMaxPool2D
from glassnet_fusion.fused_layer import FusedLayer, fusion_of_layer
from glassnet_fusion.programs import finish_compiling

SPECS = [
    "max_pool2d",
    "max_pool2d(3, stride=1)",
    "max_pool2d(3, stride=2, padding=1)",
    "max_pool2d([2, 3], stride=[3, 2], padding='same')",
    "avg_pool2d",
    "avg_pool2d(3, stride=2, padding=1)",
    "avg_pool2d([1, 3], stride=[2, 1])",
    "global_avg_pool2d",
]
IN_PIECES = "it reduces an array in pieces, or in another type"
SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, 1e-42, -1e-42, 1.0, -1.0)


def both_ways(layer, x, dy):
    net = gn.Network([layer]).build(x.shape[1:], dtype=x.dtype.name)
    for _ in range(2):
        with net.workspace(training=True) as ctx, np.errstate(invalid="ignore"):
            ctx.needs_input_grad = True
            y, caches = net.sequence.forward(net.parameter_views, x, ctx)
            y = y.copy()
            dx = net.sequence.backward(net.parameter_views, caches, dy, net.gradient_views, ctx).copy()
        finish_compiling()
    return y, dx


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(9, 10, 3), (12, 8, 16), (8, 9, 1)], ids=str)
@pytest.mark.parametrize("spec", SPECS)
def test_compiled_pooling_has_the_bytes_of_the_formula(spec, shape, dtype, same_bytes):
    layer = gn.create("layer", spec)
    rng = np.random.default_rng(0)
    x = rng.integers(-2, 3, (60, *shape)).astype(dtype)  # many equal ones
    x[rng.random(x.shape) < 0.1] = rng.choice(SPECIAL)
    x.reshape(-1)[: len(SPECIAL)] = SPECIAL
    dy = rng.normal(size=(60, *layer.output_shape(shape))).astype(dtype)
    dy.reshape(-1)[: len(SPECIAL)] = SPECIAL
    for got, wanted in zip(both_ways(FusedLayer(layer), x, dy), both_ways(layer, x, dy), strict=True):
        same_bytes(got, wanted)
    functions = fusion_of_layer(layer, True, True, True)
    reasons = [each.last_reason for each, _ in functions.forwards.values()]
    # Of the zeros of a single channel, NumPy's own loop says which one is the larger.
    assert reasons[-1] == (IN_PIECES if "max" in spec and shape[2] == 1 else "")


@pytest.mark.parametrize("pool", ["formula", "accelerator", "compiled"])
def test_by_hand(pool):
    layer = gn.layers.max_pool2d()
    made = {"formula": layer, "accelerator": NumpyMaxPool2D().replacement(layer), "compiled": FusedLayer(layer)}[pool]
    image = np.array([[1, 5, 2], [5, 3, 9]], float).reshape(1, 2, 3, 1)
    y, dx = both_ways(made, np.tile(image, (50, 1, 1, 30)), np.full((50, 1, 1, 30), 7.0))
    assert (y == 5).all()
    # The first of the two fives; the last column is in no window.
    assert (dx == np.array([[0, 7, 0], [0, 0, 0]])[None, :, :, None]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3, 16])
def test_zeros_of_both_signs_give_plus_zero_with_each(channels, dtype):
    """NumPy's maximum returns the second of 0 and -0, or +0, as processor and memory layout have it."""
    windows = np.array(list(itertools.product([0.0, -0.0, -1.0, np.nan, -np.inf], repeat=4)), dtype)
    x = np.repeat(windows.reshape(-1, 2, 2, 1), channels, axis=3)
    largest = np.where(np.isnan(windows).any(axis=1), np.nan, windows.max(axis=1)) + 0.0
    layer = gn.layers.max_pool2d()
    for pool in (layer, NumpyMaxPool2D().replacement(layer), FusedLayer(layer)):
        y, _ = both_ways(pool, x, np.ones((len(x), 1, 1, channels), dtype))
        for channel in range(channels):
            np.testing.assert_array_equal(y[:, 0, 0, channel], largest)
        assert not np.signbit(y[y == 0]).any()


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_a_run_goes_on_with_the_pooling_that_it_began_with(name):
    layer = gn.create("layer", name)
    chosen = [
        type(Acceleration(10_000, recorded).replacement(layer, 100_000)).__name__
        for recorded in (None, [f"numpy_{name}"])
    ]
    assert chosen == ["FusedLayer", {"max_pool2d": "MaximumByPlaces", "avg_pool2d": "MeanByPlaces"}[name]]
    assert type(Acceleration(10).replacement(layer, 100_000)).__name__ == chosen[1]
