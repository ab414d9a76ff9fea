"""Arrays that begin where a line of the cache does."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.training.optimizer_step import BoundOptimizer
from glassnet.types import aligned, aligned_zeros


def is_aligned(array):
    return array.ctypes.data % 64 == 0


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("size", [0, 1, 7, 1000])
def test_they_have_the_size_and_type_that_were_asked_for(size, dtype):
    # Several, since one may be where it should by chance.
    arrays = [make(size, dtype) for make in (aligned, aligned_zeros) for _ in range(5)]
    assert all(array.shape == (size,) and array.dtype == dtype for array in arrays)
    assert all(map(is_aligned, arrays)) or size == 0  # an empty one begins nowhere
    assert not arrays[-1].any()


def test_they_do_not_share_memory():
    one, another = aligned_zeros(3, "float32"), aligned_zeros(3, "float32")
    one[:] = 1
    assert another.tolist() == [0, 0, 0]


def test_parameters_gradients_state_and_work_buffers_are_such_arrays():
    net = gn.Network("dense(5) relu dense(1)").build((3,))
    bound = BoundOptimizer(gn.optimizers.adam(), net)
    with net.workspace(training=True) as ctx:
        buffers = [ctx.buffer(f"buffer {number}", (3, 5)) for number in range(5)]
    assert all(map(is_aligned, [net.flat_parameters, net.gradients, *bound.slots.values(), *buffers]))
    assert net.gradients.dtype == np.float32
