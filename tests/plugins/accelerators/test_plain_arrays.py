"""Arrays that compiled code would refuse or mistake: not aligned, read-only, in pieces, of a derived class."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.conv2d import NumbaConv2D
from glassnet_accelerators.plain_arrays import flat, plain

NUMBERS = np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype("float32")


def not_aligned(array):
    """Return a copy that begins one byte behind where a number should."""
    moved = np.frombuffer(b"." + array.tobytes(), array.dtype, offset=1).reshape(array.shape)
    assert not moved.flags.aligned
    return moved


def read_only(array):
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def in_pieces(array):
    return np.repeat(array, 2, axis=1)[:, ::2]


def derived(array):
    class Derived(np.ndarray):
        pass

    return array.view(Derived)


AWKWARD = [not_aligned, read_only, in_pieces, derived]


@pytest.mark.parametrize("awkward", AWKWARD)
@pytest.mark.parametrize(
    ("accelerator", "layer"),
    [(NumbaConv2D, "conv2d(4, 3)")],
)
def test_kernels_take_them(accelerator, layer, awkward):
    layer = gn.create("layer", layer)
    faster = accelerator().replacement(layer)
    assert faster is not layer
    results = []
    for one, change in ((layer, lambda array: array), (faster, awkward)):
        net = gn.Network([one]).build((6, 6, 3), seed=0)
        with net.workspace(training=True) as ctx:
            ctx.needs_input_grad = True
            y, caches = net.sequence.forward(net.parameter_views, change(NUMBERS), ctx)
            y = y.copy()
            dy = np.linspace(-1, 1, y.size, dtype="float32").reshape(y.shape)
            dx = net.sequence.backward(net.parameter_views, caches, change(dy), net.gradient_views, ctx).copy()
        results.append((y, dx, net.gradients))
    for expected, got in zip(*results, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("awkward", AWKWARD)
def test_what_they_hold_stays(awkward):
    for made, wanted in ((plain, NUMBERS), (flat, NUMBERS.reshape(-1))):
        array = made(awkward(NUMBERS))
        np.testing.assert_array_equal(array, wanted)
        assert type(array) is np.ndarray
        assert array.flags.aligned
        assert array.flags.c_contiguous


def test_nothing_is_copied_without_need():
    assert np.shares_memory(plain(NUMBERS), NUMBERS)
    assert np.shares_memory(flat(derived(NUMBERS)), NUMBERS)
