from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer


def test_each_channel_gives_its_mean():
    x = np.array([[[1.0, 10.0], [2.0, 20.0], [3.0, 60.0]], [[4.0, 0.0], [5.0, 0.0], [9.0, 0.0]]])
    network = gn.Network(["global_avg_pool2d"]).build((2, 3, 2), dtype="float64")

    # 24 / 6 and 90 / 6, and of the second sample twice that.
    np.testing.assert_allclose(network.predict(np.stack([x, 2 * x])), [[4, 15], [8, 30]], rtol=1e-15)


def test_each_pixel_gets_an_equal_share_of_the_gradient():
    network = gn.Network(["global_avg_pool2d"]).build((2, 3, 2), dtype="float64")
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        _, caches = network.sequence.forward(network.parameter_views, np.zeros((1, 2, 3, 2)), ctx)
        dx = network.sequence.backward(
            network.parameter_views, caches, np.array([[6.0, 12.0]]), network.gradient_views, ctx
        )

    np.testing.assert_array_equal(dx, np.broadcast_to([1.0, 2.0], (1, 2, 3, 2)))


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 4, 3, 2), (3, 2, 5, 4)])
def test_backward_agrees_with_central_differences(shape):
    errors = check_layer(gn.layers.global_avg_pool2d(), np.random.default_rng(0).normal(size=shape))

    assert errors["input"] <= 1e-6


def test_float32_stays_float32():
    network = gn.Network(["global_avg_pool2d"]).build((2, 3, 2))

    assert network.predict(np.ones((1, 2, 3, 2), np.float32)).dtype == np.float32


def test_what_comes_out_has_the_channels_alone():
    assert gn.layers.global_avg_pool2d().output_shape((7, 5, 64)) == (64,)


@pytest.mark.parametrize("shape", [(), (784,), (28, 28), (2, 3, 4, 5)])
def test_samples_that_are_no_images_are_refused(shape):
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, height, width, channels\), got \(batch"):
        gn.layers.global_avg_pool2d().output_shape(shape)
