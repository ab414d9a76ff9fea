from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

X = np.arange(1.0, 16.0).reshape(1, 3, 5, 1)  # 1 to 5 / 6 to 10 / 11 to 15


def run(layer, x, dy=None, dtype="float64"):
    network = gn.Network([layer]).build(x.shape[1:], dtype=dtype)
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        dy = np.ones_like(y) if dy is None else dy
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)
        return y.copy(), dx.copy()


def image(values):
    return np.array(values, float)[np.newaxis, :, :, np.newaxis]


def test_each_window_gives_its_mean_and_what_is_left_over_is_not_looked_at():
    y, dx = run("avg_pool2d(2)", X, image([[4, 8]]))

    # (1 + 2 + 6 + 7) / 4 and (3 + 4 + 8 + 9) / 4; a quarter of each gradient goes to each pixel.
    np.testing.assert_array_equal(y, image([[4, 6]]))
    np.testing.assert_array_equal(dx, image([[1, 1, 2, 2, 0], [1, 1, 2, 2, 0], [0] * 5]))


def test_windows_that_overlap_add_up_their_gradients():
    y, dx = run("avg_pool2d([3, 2], stride=1)", X, image([[6, 12, 18, 24]]))

    np.testing.assert_allclose(y, image([[6.5, 7.5, 8.5, 9.5]]), rtol=1e-15)
    np.testing.assert_allclose(dx, image([[1, 3, 5, 7, 4]] * 3), rtol=1e-15)


def test_added_pixels_do_not_count():
    y, dx = run("avg_pool2d(3, stride=2, padding=1)", X, image([[4, 6, 4], [4, 6, 4]]))

    # At the corners windows see 2 x 2 pixels of the image, and at the edges between them 2 x 3.
    np.testing.assert_allclose(y, image([[4, 5.5, 7], [9, 10.5, 12]]), rtol=1e-15)
    np.testing.assert_allclose(dx, image([[1, 2, 1, 2, 1], [2, 4, 2, 4, 2], [1, 2, 1, 2, 1]]), rtol=1e-15)


def test_same_padding_is_at_the_bottom_and_at_the_right_first():
    y, dx = run("avg_pool2d(2, padding='same')", X)

    np.testing.assert_array_equal(y, image([[4, 6, 7.5], [11.5, 13.5, 15]]))
    np.testing.assert_array_equal(dx[0, :, 4, 0], [0.5, 0.5, 1])


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    "options",
    ["", "2, stride=1", "3, stride=2", "2, stride=3", "3, stride=2, padding=1", "[2, 3], padding='same'", "[1, 2]"],
)
def test_backward_agrees_with_central_differences(options, batch):
    x = np.random.default_rng(0).normal(size=(batch, 5, 6, 2))

    assert check_layer(gn.create("layer", f"avg_pool2d({options})"), x)["input"] <= 1e-6


def test_many_large_images_are_pooled_like_few_small_ones():
    # 40 images of 64 x 64 x 8 in float64 are 10 MB: more than one piece.
    x = np.random.default_rng(1).normal(size=(40, 64, 64, 8))
    dy = np.random.default_rng(2).normal(size=(40, 32, 32, 8))

    y, dx = run("avg_pool2d", x, dy)

    np.testing.assert_allclose(y, x.reshape(40, 32, 2, 32, 2, 8).mean(axis=(2, 4)), rtol=0, atol=1e-15)
    np.testing.assert_array_equal(dx, np.repeat(np.repeat(dy / 4, 2, axis=1), 2, axis=2))


def test_pixels_outside_of_windows_keep_no_earlier_gradient():
    layer = gn.layers.avg_pool2d(2)
    with gn.Network([layer]).build((6, 6, 1), dtype="float64").workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        for x in (np.ones((1, 6, 6, 1)), X):
            y, cache = layer.forward({}, x, ctx)
            dx = layer.backward({}, cache, np.ones_like(y), {}, ctx)

    np.testing.assert_array_equal(dx, image([[0.25] * 4 + [0]] * 2 + [[0] * 5]))


def test_float32_stays_float32():
    y, dx = run("avg_pool2d(3, stride=1, padding=1)", X.astype("float32"), dtype="float32")

    assert y.dtype == dx.dtype == np.float32


def test_padding_as_large_as_the_window_is_refused():
    with pytest.raises(gn.OptionError, match=r"avg_pool2d: padding must be smaller .* \(got padding \(0, 3\)"):
        gn.layers.avg_pool2d(3, padding=(0, 3))


def test_samples_that_are_no_images_are_refused():
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, height, width, channels\), got \(batch, 784\)"):
        gn.layers.avg_pool2d(3).output_shape((784,))
