from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

X = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)  # 1 2 3 / 4 5 6 / 7 8 9
KERNEL = np.array([[1.0, 2.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)


def run(layer, x, parameters, dy=None, dtype="float64"):
    """Return the output, the input gradient and the parameter gradients of a layer with these parameters."""
    network = gn.Network([layer]).build(x.shape[1:], dtype=dtype)
    for name, array in network.parameters.items():
        array[:] = parameters[name.removeprefix("0.")]
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        network.gradients[:] = np.nan
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        dy = np.ones_like(y) if dy is None else dy
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)
        named = network.layout.named(network.gradients)
        return y.copy(), dx.copy(), {name.removeprefix("0."): array.copy() for name, array in named.items()}


def written_out(x, weights, bias, stride, before, after, dilation, groups):
    """Convolve by loops, straight from the definition; paddings are (top, left) and (bottom, right)."""
    x = np.pad(x, ((0, 0), (before[0], after[0]), (before[1], after[1]), (0, 0)))
    height, width, per_group, filters = weights.shape
    rows = (x.shape[1] - dilation[0] * (height - 1) - 1) // stride[0] + 1
    columns = (x.shape[2] - dilation[1] * (width - 1) - 1) // stride[1] + 1
    y = np.zeros((len(x), rows, columns, filters))
    for n, r, c, f in np.ndindex(y.shape):
        first = f // (filters // groups) * per_group
        total = bias[f]
        for i, j, k in np.ndindex(height, width, per_group):
            pixel = x[n, r * stride[0] + i * dilation[0], c * stride[1] + j * dilation[1], first + k]
            total += pixel * weights[i, j, k, f]
        y[n, r, c, f] = total
    return y


# --- by hand -------------------------------------------------------------------------------------------------------


def test_a_filter_slides_over_the_image_and_is_not_flipped():
    y, _, _ = run("conv2d(1, 2)", X, {"weights": KERNEL, "bias": 10})

    # 1·1 + 2·2 + 0·4 - 1·5 + 10, then one pixel to the right, and the same a row below.
    np.testing.assert_array_equal(y[0, :, :, 0], [[10.0, 12.0], [16.0, 18.0]])


def test_gradients_worked_out_by_hand():
    dy = np.array([[1.0, 0.0], [0.0, 2.0]]).reshape(1, 2, 2, 1)
    _, dx, grads = run("conv2d(1, 2)", X, {"weights": KERNEL, "bias": 0}, dy)

    # What the first window sees, once, and what the last one sees, twice: 1 2 / 4 5 + 2 (5 6 / 8 9).
    np.testing.assert_array_equal(grads["weights"][:, :, 0, 0], [[11.0, 14.0], [20.0, 23.0]])
    assert grads["bias"] == [3.0]
    # The kernel laid down at the first window, and twice itself at the last.
    np.testing.assert_array_equal(dx[0, :, :, 0], [[1.0, 2.0, 0.0], [0.0, -1.0 + 2.0, 4.0], [0.0, 0.0, -2.0]])


def test_padding_adds_zeros_around_the_image():
    y, dx, _ = run("conv2d(1, 3, padding=1)", X, {"weights": 1, "bias": 0})

    # Sums of each pixel and its neighbours; each pixel is seen once for itself and once for each neighbour.
    np.testing.assert_array_equal(y[0, :, :, 0], [[12.0, 21.0, 16.0], [27.0, 45.0, 33.0], [24.0, 39.0, 28.0]])
    np.testing.assert_array_equal(dx[0, :, :, 0], [[4.0, 6.0, 4.0], [6.0, 9.0, 6.0], [4.0, 6.0, 4.0]])


def test_same_padding_puts_the_odd_pixel_at_the_bottom_and_at_the_right():
    y, _, _ = run("conv2d(1, 2, padding='same')", X, {"weights": 1, "bias": 0})

    np.testing.assert_array_equal(y[0, :, :, 0], [[12.0, 16.0, 9.0], [24.0, 28.0, 15.0], [15.0, 17.0, 9.0]])


def test_stride_leaves_out_windows():
    y, _, _ = run("conv2d(1, 1, stride=2)", X, {"weights": 1, "bias": 0})

    np.testing.assert_array_equal(y[0, :, :, 0], [[1.0, 3.0], [7.0, 9.0]])


def test_dilation_spreads_a_window():
    y, _, _ = run("conv2d(1, 2, dilation=2)", X, {"weights": KERNEL, "bias": 0})

    assert y.tolist() == [[[[1.0 + 2 * 3 - 9]]]]


def test_groups_see_their_own_channels_only():
    x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 1, 4)
    weights = np.array([[1.0, 3.0], [2.0, 4.0]]).reshape(1, 1, 2, 2)

    y, dx, grads = run("conv2d(2, 1, groups=2)", x, {"weights": weights, "bias": 0})

    assert y.ravel().tolist() == [1 + 20, 300 + 4000]
    assert dx.ravel().tolist() == [1.0, 2.0, 3.0, 4.0]
    assert grads["weights"].reshape(2, 2).tolist() == [[1.0, 100.0], [10.0, 1000.0]]


# --- against the definition ----------------------------------------------------------------------------------------

OPTIONS = [
    {},
    {"stride": 2},
    {"stride": (1, 3)},
    {"padding": "same"},
    {"padding": "same", "stride": 2},
    {"padding": 4, "stride": (1, 1)},
    {"padding": "same", "dilation": (1, 2), "groups": 2},
    {"padding": "same", "stride": (3, 2), "dilation": 2},
    {"padding": (2, 1)},
    {"dilation": (2, 1)},
    {"groups": 2},
    {"groups": 4, "padding": 1, "stride": 2},
    {"bias": False},
]


def around(length, size, stride, dilation, padding):
    """Zeros before and after, as TensorFlow's documentation has them for "same"."""
    if padding != "same":
        return padding, padding
    reach = dilation * (size - 1) + 1
    rest = length % stride or stride
    total = max(reach - rest, 0)
    return total // 2, total - total // 2


# Of the larger ones a row has enough windows for the way by bands, where the options allow it.
IMAGES = [(6, 7), (6, 13)]


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_forward_is_the_definition(options, image, batch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, *image, 4))
    layer = gn.layers.conv2d(4, (3, 2), **options)
    groups = options.get("groups", 1)
    weights, bias = rng.normal(size=(3, 2, 4 // groups, 4)), rng.normal(size=4) * options.get("bias", True)
    stride, dilation, padding = (
        (value, value) if isinstance(value, (int, str)) else value
        for value in (options.get("stride", 1), options.get("dilation", 1), options.get("padding", 0))
    )
    pads = [around(x.shape[1 + a], (3, 2)[a], stride[a], dilation[a], padding[a]) for a in (0, 1)]
    before, after = zip(*pads, strict=True)

    y, _, _ = run(layer, x, {"weights": weights, "bias": bias})

    expected = written_out(x, weights, bias, stride, before, after, dilation, groups)
    assert layer.output_shape(x.shape[1:]) == expected.shape[1:]
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_backward_agrees_with_central_differences(options, image, batch):
    x = np.random.default_rng(1).normal(size=(batch, *image, 4))

    errors = check_layer(gn.layers.conv2d(4, (3, 2), **options), x)

    assert set(errors) == ({"weights", "bias", "input"} if options.get("bias", True) else {"weights", "input"})
    assert max(errors.values()) <= 1e-6


def test_images_of_one_channel_agree_with_central_differences():
    errors = check_layer(gn.layers.conv2d(3, 3, padding=1), np.random.default_rng(2).normal(size=(2, 5, 4, 1)))

    assert max(errors.values()) <= 1e-6


@pytest.mark.parametrize(
    "shape",
    [
        (2, 300, 400, 8),  # columns of some 70 MB each, in many pieces
        (20, 30, 40, 8),  # bands of six images at a time
    ],
)
def test_images_too_large_for_one_piece_are_convolved_like_small_ones(shape):
    rng = np.random.default_rng(3)
    batch, height, width, channels = shape
    x, weights = rng.normal(size=shape), rng.normal(size=(3, 3, channels, 2))
    dy = rng.normal(size=(batch, height - 2, width - 2, 2))

    y, dx, grads = run("conv2d(2, 3, bias=False)", x, {"weights": weights}, dy)

    expected, expected_dx, expected_dw = np.zeros_like(y), np.zeros_like(x), np.zeros_like(weights)
    for i, j in np.ndindex(3, 3):
        those = np.s_[:, i : i + height - 2, j : j + width - 2]
        expected += np.einsum("nrck,kf->nrcf", x[those], weights[i, j])
        expected_dx[those] += np.einsum("nrcf,kf->nrck", dy, weights[i, j])
        expected_dw[i, j] = np.einsum("nrck,nrcf->kf", x[those], dy)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(dx, expected_dx, rtol=0, atol=1e-12)
    # Up to 237,208 terms are added up.
    np.testing.assert_allclose(grads["weights"], expected_dw, rtol=0, atol=1e-9)


# --- types, shapes, first values -----------------------------------------------------------------------------------


def test_float32_stays_float32():
    y, dx, grads = run("conv2d(1, 2)", X.astype("float32"), {"weights": KERNEL, "bias": 10}, dtype="float32")

    assert y.dtype == dx.dtype == grads["weights"].dtype == grads["bias"].dtype == np.float32
    np.testing.assert_array_equal(y[0, :, :, 0], [[10.0, 12.0], [16.0, 18.0]])


def test_shapes_of_the_parameters():
    described = gn.layers.conv2d(6, (3, 5), groups=2).parameters((8, 8, 4))

    assert described["weights"].shape == (3, 5, 2, 6)
    assert described["weights"].fans == (30, 90)
    assert described["bias"].shape == (6,)
    assert described["bias"].is_bias
    assert list(gn.layers.conv2d(6, 3, bias=False).parameters((8, 8, 4))) == ["weights"]


def test_first_weights_suit_the_activation_and_biases_are_zero():
    network = gn.Network(["conv2d(100, 5)", "relu"]).build((8, 8, 40))

    # He: 2 / fan_in, with fan_in = 5 · 5 · 40. Of 100,000 values the variance is known to 0.45 %.
    assert network.parameters["0.weights"].var() == pytest.approx(2 / 1000, rel=0.02)
    assert not network.parameters["0.bias"].any()


def test_regularizer_and_constraint_are_handed_on():
    described = gn.layers.conv2d(2, 3, regularizer="l2(0.5)", constraint="max_norm(2.0)").parameters((8, 8, 1))

    assert repr(described["weights"].regularizer) == repr(described["bias"].regularizer) == "l2(strength=0.5)"
    assert "max_norm" in repr(described["weights"].constraint)
    assert described["bias"].constraint is None


# --- errors --------------------------------------------------------------------------------------------------------


def refused(layer, shape):
    with pytest.raises(gn.ShapeError) as caught:
        layer.output_shape(shape)
    return str(caught.value)


def test_images_without_a_channel_axis_are_refused_with_the_way_out():
    assert refused(gn.layers.conv2d(2, 3), (28, 28)) == (
        "expected (batch, height, width, channels), got (batch, 28, 28); "
        "grey images have one channel: put reshape([28, 28, 1]) in front of it"
    )


@pytest.mark.parametrize("shape", [(), (784,), (2, 3, 4, 5)])
def test_samples_that_are_no_images_are_refused(shape):
    message = refused(gn.layers.conv2d(2, 3), shape)

    assert message.startswith("expected (batch, height, width, channels), got (batch")
    assert message.endswith("put reshape([height, width, channels]) in front of it")


def test_images_smaller_than_the_kernel_are_refused():
    assert refused(gn.layers.conv2d(2, 3, dilation=2, padding=1), (2, 9, 1)) == (
        "a window of 5 x 5 pixels does not fit into images of 4 x 11, padding included; make it smaller, or add padding"
    )


def test_channels_that_groups_do_not_divide_are_refused():
    assert refused(gn.layers.conv2d(4, 1, groups=2), (5, 5, 3)) == (
        "3 channels cannot be cut into 2 equal groups; choose groups that divide the channels"
    )


def test_filters_that_groups_do_not_divide_are_refused():
    with pytest.raises(gn.OptionError, match=r"filters must be a multiple of groups \(got 3 filters in 2 groups\)"):
        gn.layers.conv2d(3, 1, groups=2)


def test_another_word_for_the_padding_is_refused():
    with pytest.raises(gn.OptionError, match="padding must be 'valid', 'same' or a number of pixels"):
        gn.layers.conv2d(3, 1, padding="full")


@pytest.mark.parametrize(
    "options", [{"filters": 0}, {"kernel_size": 0}, {"stride": (1, 0)}, {"padding": -1}, {"dilation": 0}, {"groups": 0}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(gn.OptionError, match=f"conv2d: {next(iter(options))} must be"):
        gn.layers.conv2d(**{"filters": 2, "kernel_size": 3, **options})


@pytest.mark.parametrize("options", [{"padding": 10**22}, {"padding": "same", "dilation": 10**30}])
def test_images_that_no_array_holds_after_padding_are_refused(options):
    with pytest.raises(gn.ShapeError, match="more than an array holds; make padding, window or dilation smaller"):
        gn.layers.conv2d(1, 2, **options).output_shape((4, 4, 1))
