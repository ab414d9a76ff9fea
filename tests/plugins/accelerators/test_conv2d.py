"""conv2d without copies: the numbers of the layer, and the layer itself where it has strides, groups or eight bytes."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators import conv2d
from glassnet_accelerators.conv2d import NumbaConv2D
from glassnet_accelerators.indexed_product import product
from glassnet_accelerators.numpy_only.conv2d import NumpyConv2D


def both_ways(layer, x, dy=None, threads=None):
    """Return y, dx, and the gradients of the parameters."""
    net = gn.Network([layer]).build(x.shape[1:], dtype=x.dtype.name, seed=3)
    with net.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        y, caches = net.sequence.forward(net.parameter_views, x, ctx)
        y = y.copy()
        dy = np.random.default_rng(1).normal(size=y.shape).astype(x.dtype) if dy is None else dy
        dx = net.sequence.backward(net.parameter_views, caches, dy, net.gradient_views, ctx).copy()
    return y, dx, net.gradients


@pytest.mark.parametrize("width", [1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 70])
@pytest.mark.parametrize("rows", [1, 3, 4, 9])
@pytest.mark.parametrize("depth", [1, 300, 513])
def test_the_product_is_that_of_the_matrix_that_the_tables_make(rows, depth, width):
    rng = np.random.default_rng(width)
    x = rng.normal(size=2000).astype("float32")
    row_table, column_table = rng.integers(0, 1000, rows), rng.integers(0, 1000, depth)
    w, first = (rng.normal(size=size).astype("float32") for size in (depth * width, rows * width))
    matrix = x[row_table[:, None] + column_table].astype("float64")
    wanted = matrix @ w.reshape(depth, width)
    scale = np.abs(matrix).sum() / rows
    for first_width in (0, width):
        out = np.full(rows * width + 3, 7, "float32")
        product(x, row_table, column_table, w, width, first, first_width, out[:-3])
        added = first.reshape(rows, width) if first_width else first[:width]
        np.testing.assert_allclose(out[:-3].reshape(rows, width), added + wanted, rtol=0, atol=1e-6 * scale)
        np.testing.assert_array_equal(out[-3:], 7)  # nothing is written behind the end


def test_by_hand():
    x = np.arange(1.0, 10.0, dtype="float32").reshape(1, 3, 3, 1)
    layer = gn.layers.conv2d(1, 2, padding=1, weight_init="ones")
    y, dx, gradients = both_ways(NumbaConv2D().replacement(layer), x, np.ones((1, 4, 4, 1), "float32"))
    assert y[0, :, :, 0].tolist() == [[1, 3, 5, 3], [5, 12, 16, 9], [11, 24, 28, 15], [7, 15, 17, 9]]
    assert dx[0, :, :, 0].tolist() == [[4, 4, 4]] * 3  # four windows see each pixel
    assert gradients.tolist() == [45, 45, 45, 45, 16]  # each place of the kernel sees each pixel once; 16 windows


@pytest.mark.parametrize(
    ("spec", "shape"),
    [
        ("conv2d(5, 3)", (12, 13, 2)),
        ("conv2d(16, [1, 4], bias=False)", (3, 17, 3)),
        ("conv2d(33, 3, padding='same')", (6, 5, 4)),
        ("conv2d(3, [3, 2], padding=[2, 1], dilation=[1, 2])", (9, 11, 5)),
        ("conv2d(4, 2, padding=1, stride=[1, 1])", (8, 8, 1)),
        ("conv2d(2, 1)", (4, 4, 6)),
    ],
)
def test_the_numbers_are_those_of_the_layer_in_float64(spec, shape, monkeypatch):
    monkeypatch.setattr(conv2d, "_PIECE_BYTES", 30_000)  # several pieces, the last of them smaller
    layer = gn.create("layer", spec)
    faster = NumbaConv2D().replacement(layer)
    x = np.random.default_rng(0).normal(size=(37, *shape)).astype("float32")
    with pytest.MonkeyPatch.context() as patch:
        # Not the layer does it.
        patch.setattr(type(layer), "forward", None)
        got = both_ways(faster, x)
    dy = np.random.default_rng(1).normal(size=got[0].shape)
    net = gn.Network([layer]).build(shape, seed=3)
    exact = gn.Network([layer]).build(shape, dtype="float64")
    exact.flat_parameters[:] = net.flat_parameters
    with exact.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        y, caches = exact.sequence.forward(exact.parameter_views, x.astype("float64"), ctx)
        dx = exact.sequence.backward(
            exact.parameter_views, caches, dy.astype("float32") * 1.0, exact.gradient_views, ctx
        )
    for mine, theirs in zip(got, (y, dx, exact.gradients), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=3e-6 * np.abs(theirs).max())


def test_bytes_do_not_depend_on_the_number_of_threads(monkeypatch, threads):
    monkeypatch.setattr(conv2d, "_PIECE_BYTES", 20_000)
    layer = NumbaConv2D().replacement(gn.layers.conv2d(9, 3, padding=1))
    x = np.random.default_rng(0).normal(size=(50, 10, 10, 3)).astype("float32")
    ends = []
    for count in (1, 3):
        threads(count)
        ends.append([each.tobytes() for each in both_ways(layer, x)])
    assert ends[0] == ends[1]


@pytest.mark.parametrize("spec", ["conv2d(4, 3, stride=2)", "conv2d(4, 3, groups=2)"])
def test_what_it_cannot_do_is_left_to_the_layer(spec):
    layer = gn.create("layer", spec)
    assert NumbaConv2D().replacement(layer) is layer


@pytest.mark.parametrize(
    ("spec", "shape", "dtype"),
    [
        ("conv2d(3, 3)", (12, 12, 2), "float64"),
        ("conv2d(3, 3)", (5, 5, 2), "float32"),  # windows nearly as large as the image
        ("conv2d(3, 3, padding=3)", (12, 12, 2), "float32"),  # windows that see nothing but zeros
    ],
)
def test_what_it_is_not_made_for_is_left_to_the_layer(spec, shape, dtype):
    layer = gn.create("layer", spec)
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(dtype)
    for got, wanted in zip(
        both_ways(NumbaConv2D().replacement(layer), x), both_ways(NumpyConv2D().replacement(layer), x), strict=True
    ):
        assert got.tobytes() == wanted.tobytes()


def test_a_run_says_that_it_was_used(monkeypatch):
    monkeypatch.setattr(NumbaConv2D, "is_worthwhile", lambda self, workload: True)
    x = np.random.default_rng(0).normal(size=(8, 10, 10, 1)).astype("float32")
    recorded = []

    class Watch(gn.Callback):
        """Notes what the run has to be continued with."""

        def on_run_end(self, run):
            recorded.extend(run.numerics["accelerators"])

    net = gn.Network("conv2d(2, 3) flatten dense(1)")
    net.fit(x, x[:, 0, 0, 0], loss="mse", optimizer="sgd", callbacks=[Watch()], progress=False)
    assert recorded == ["numba_conv2d", "numpy_dense"]
