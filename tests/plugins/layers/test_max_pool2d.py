from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

X = np.array(
    [
        [1.0, 5.0, 2.0, 0.0, 3.0],
        [4.0, 3.0, 8.0, 1.0, 9.0],
        [0.0, 6.0, 7.0, 2.0, 1.0],
        [2.0, 1.0, 0.0, 4.0, 5.0],
    ]
).reshape(1, 4, 5, 1)


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


def test_each_window_gives_its_largest_value():
    y, dx = run("max_pool2d(2)", X, image([[1, 2], [3, 4]]))

    np.testing.assert_array_equal(y, image([[5, 8], [6, 7]]))
    np.testing.assert_array_equal(dx, image([[0, 1, 0, 0, 0], [0, 0, 2, 0, 0], [0, 3, 4, 0, 0], [0, 0, 0, 0, 0]]))


def test_windows_that_overlap_add_up_their_gradients():
    y, dx = run("max_pool2d(3, stride=1)", X, image([[1, 2, 4], [8, 16, 32]]))

    np.testing.assert_array_equal(y, image([[8, 8, 9], [8, 8, 9]]))
    np.testing.assert_array_equal(dx, image([[0, 0, 0, 0, 0], [0, 0, 27, 0, 36], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]))


def test_pixels_between_windows_are_not_looked_at():
    y, dx = run("max_pool2d(1, stride=2)", X)

    np.testing.assert_array_equal(y, image([[1, 2, 3], [0, 7, 1]]))
    np.testing.assert_array_equal(dx, image([[1, 0, 1, 0, 1], [0] * 5, [1, 0, 1, 0, 1], [0] * 5]))


def test_added_pixels_never_win():
    y, dx = run("max_pool2d(3, stride=3, padding=1)", -1 - X)

    # Windows of 2 x 2, 2 x 3, 2 x 2 and 2 x 3 pixels of the image: their smallest values, turned round.
    np.testing.assert_array_equal(y, image([[-2, -1], [-1, -1]]))
    np.testing.assert_array_equal(dx, image([[1, 0, 0, 1, 0], [0] * 5, [1, 0, 0, 0, 0], [0, 0, 1, 0, 0]]))


def test_same_padding_is_at_the_bottom_and_at_the_right_first():
    y, _ = run("max_pool2d(2, padding='same')", X)

    np.testing.assert_array_equal(y, image([[5, 8, 9], [6, 7, 5]]))


@pytest.mark.parametrize("options", ["2", "3, stride=2, padding=1", "3, stride=1"])
def test_of_several_largest_values_the_first_gets_the_gradient(options):
    x = np.full((1, 4, 4, 2), 3.0)

    _, dx = run(f"max_pool2d({options})", x)

    # All are alike: the first is at the top left of each window, as far as that is inside the image.
    first = {
        "2": [[1, 0, 1, 0], [0] * 4, [1, 0, 1, 0], [0] * 4],
        "3, stride=2, padding=1": [[1, 1, 0, 0], [1, 1, 0, 0], [0] * 4, [0] * 4],
        "3, stride=1": [[1, 1, 0, 0], [1, 1, 0, 0], [0] * 4, [0] * 4],
    }[options]
    for channel in (0, 1):
        np.testing.assert_array_equal(dx[0, :, :, channel], first)


def test_first_is_meant_row_by_row():
    _, dx = run("max_pool2d(2)", image([[0, 7], [7, 0]]))

    np.testing.assert_array_equal(dx, image([[0, 1], [0, 0]]))


def test_channels_and_samples_are_apart():
    x = np.stack([X[0, :2, :2, 0], -X[0, :2, :2, 0]], axis=-1)
    both = np.stack([x, 2 * x])

    y, _ = run("max_pool2d(2)", both)

    np.testing.assert_array_equal(y.reshape(2, 2), [[5, -1], [10, -2]])


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    "options",
    ["", "2, stride=1", "3, stride=2", "2, stride=3", "3, stride=2, padding=1", "[2, 3], padding='same'", "[1, 2]"],
)
def test_backward_agrees_with_central_differences(options, batch):
    x = np.random.default_rng(0).normal(size=(batch, 5, 6, 2))

    assert check_layer(gn.create("layer", f"max_pool2d({options})"), x)["input"] <= 1e-6


def test_many_large_images_are_pooled_like_few_small_ones():
    # 40 images of 64 x 64 x 8 in float64 are 10 MB: more than one piece.
    x = np.random.default_rng(1).normal(size=(40, 64, 64, 8))
    dy = np.random.default_rng(2).normal(size=(40, 32, 32, 8))

    y, dx = run("max_pool2d", x, dy)

    in_windows = x.reshape(40, 32, 2, 32, 2, 8)
    expected = in_windows.max(axis=(2, 4))
    np.testing.assert_array_equal(y, expected)
    wins = in_windows == expected[:, :, np.newaxis, :, np.newaxis]
    np.testing.assert_array_equal(dx.reshape(in_windows.shape), wins * dy[:, :, np.newaxis, :, np.newaxis])


def test_pixels_outside_of_windows_keep_no_earlier_gradient():
    layer = gn.layers.max_pool2d(2)
    with gn.Network([layer]).build((6, 6, 1), dtype="float64").workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        for x in (np.ones((1, 6, 6, 1)), X):
            y, cache = layer.forward({}, x, ctx)
            dx = layer.backward({}, cache, np.ones_like(y), {}, ctx)

    np.testing.assert_array_equal(dx, image([[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 0, 0]]))


def test_float32_stays_float32():
    y, dx = run("max_pool2d(3, stride=1, padding=1)", X.astype("float32"), dtype="float32")

    assert y.dtype == dx.dtype == np.float32


def test_a_window_steps_by_its_own_size_if_nothing_else_is_said():
    assert gn.layers.max_pool2d((2, 3)).output_shape((8, 9, 4)) == (4, 3, 4)
    assert gn.layers.max_pool2d().output_shape((9, 9, 4)) == (4, 4, 4)
    assert gn.layers.max_pool2d((2, 3), stride=1).output_shape((8, 9, 4)) == (7, 7, 4)


def test_padding_as_large_as_the_window_is_refused():
    with pytest.raises(gn.OptionError) as caught:
        gn.layers.max_pool2d(2, padding=2)
    assert str(caught.value) == (
        "max_pool2d: padding must be smaller than the window, or a window sees nothing else (got padding 2 with size 2)"
    )


def test_another_word_for_the_padding_is_refused():
    with pytest.raises(gn.OptionError, match="max_pool2d: padding must be 'valid', 'same' or a number"):
        gn.layers.max_pool2d(2, padding="full")


def test_images_smaller_than_a_window_are_refused():
    with pytest.raises(gn.ShapeError, match="a window of 3 x 3 pixels does not fit into images of 2 x 9"):
        gn.layers.max_pool2d(3).output_shape((2, 9, 1))


def test_samples_that_are_no_images_are_refused():
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, height, width, channels\), got \(batch, 784\)"):
        gn.layers.max_pool2d(3).output_shape((784,))
