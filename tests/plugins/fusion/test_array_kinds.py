"""Compiled code compares the shapes and types of its inputs itself: others than it was made for are left alone."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import glassnet as gn
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.fused_loss import _mean
from glassnet_fusion.fused_update import FusedUpdate
from glassnet_fusion.programs import finish_compiling

# Of the first one in another order of axes, with one axis more or less, longer or shorter, or with other bytes.
SHAPES = [(6, 4), (4, 6), (24,), (2, 3, 4), (6, 5), (5, 4), (6, 4, 1), (), (0, 4)]


def formula(x, y):
    return (x * y + x) * 2 - y / 4


def numbers(shape, dtype, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def test_arrays_of_changing_kinds_have_numpys_bytes():
    fused = FusedFunction(formula, formula)
    for _ in range(3):
        for shape in SHAPES:
            for dtype in ("float32", "float64"):
                x, y = numbers(shape, dtype), numbers(shape, dtype, 1)
                got = fused(x, y)
                assert (got.shape, got.dtype) == (x.shape, x.dtype)
                assert got.tobytes() == formula(x, y).tobytes()
        finish_compiling()


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_code_for_one_shape_refuses_another(shape, compiled):
    """A function keeps the code of its last call, and calls it first."""
    fused = FusedFunction(formula, formula)
    x = numbers(SHAPES[0], "float32")
    compiled(fused, x, x)
    last = fused._last
    assert last(x, x).tobytes() == formula(x, x).tobytes()
    other = numbers(shape, "float32")
    assert [last(*each) for each in ((other, other), (x, other), (other, x))] == [None] * 3
    assert last(x.astype("float64"), x) is None


@pytest.mark.parametrize("other", [None, 3, 2.5, [1.0], "text", np.float32(2)])
def test_code_refuses_what_is_not_an_array(other, compiled):
    fused = FusedFunction(formula, formula)
    x = numbers((6, 4), "float32")
    compiled(fused, x, x)
    assert fused._last(x, other) is None


def doubled_and_added(x, y):
    x *= 2
    x += y
    x /= 4
    return x


@pytest.mark.parametrize("shift", [0, 1, -1, 24])
def test_code_refuses_to_write_into_what_it_still_reads(shift, compiled):
    fused = FusedFunction(doubled_and_added, doubled_and_added)
    compiled(fused, numbers((24,), "float32"), numbers((24,), "float32"))
    given, wanted = np.arange(80, dtype=np.float32), np.arange(80, dtype=np.float32)
    doubled_and_added(wanted[30:54], wanted[30 + shift : 54 + shift])
    assert (fused._last(given[30:54], given[30 + shift : 54 + shift]) is None) == (abs(shift) < 24)
    if abs(shift) < 24:
        fused(given[30:54], given[30 + shift : 54 + shift])
    np.testing.assert_array_equal(given, wanted)


def test_code_refuses_fewer_arguments(compiled):
    fused = FusedFunction(formula, formula)
    x = numbers((6, 4), "float32")
    compiled(fused, x, x)
    assert fused._last(x) is None
    assert fused._last() is None


def test_arrays_of_a_pickle_have_a_type_of_their_own(compiled):
    fused = FusedFunction(formula, lambda *arrays: "left to NumPy")
    x = numbers((6, 4), "float32")
    compiled(fused, x, x)
    unpickled = pickle.loads(pickle.dumps(x))
    assert fused._last(unpickled, x).tobytes() == formula(x, x).tobytes()


def test_a_step_with_other_parameters_has_numpys_bytes():
    optimizer = gn.create("optimizer", "adam")
    fused = FusedUpdate(optimizer)
    for step in range(1, 7):
        for shape, dtype in (((7,), "float32"), ((9,), "float32"), ((7,), "float64")):
            p, g = numbers(shape, dtype, step), numbers(shape, dtype, step + 9)
            wanted, slots = p.copy(), {name: np.full_like(p, 0.25) for name in optimizer.slots}
            of_wanted = {name: slot.copy() for name, slot in slots.items()}
            optimizer.update(wanted, g.copy(), of_wanted, 0.1, step)
            taken = fused.take(p, g, slots, 0.1, step)
            assert taken == (step > 1)
            if taken:
                assert p.tobytes() == wanted.tobytes()
                assert [slots[name].tobytes() for name in slots] == [each.tobytes() for each in of_wanted.values()]
        finish_compiling()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_mean_of_losses_is_that_of_numpy(dtype):
    """Below 8 numbers NumPy adds one after another, to 128 by eight sums, then by halves, and above 8,192 in parts."""
    for count in (1, 2, 7, 8, 9, 127, 129, 1000, 4096, 4097, 8193, 20_000):
        losses = numbers((count,), dtype, count) * 100
        for _ in range(2):
            assert _mean(losses) == np.mean(losses, dtype=np.float64)
            finish_compiling()
