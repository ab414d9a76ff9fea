"""Matrix products, shared between the threads of the team."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import llvmlite.binding
import numpy as np
from numba import types

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_accelerators.compiled import address_of, compiled, compiled_within
from glassnet_accelerators.compiled_team import JOB, array_at, on_team, pointers_to, run_jobs
from glassnet_parallel.thread_pool import free_workers

Product: TypeAlias = tuple[gn.Array, gn.Array, gn.Array]

# With fewer multiplications for each thread, cutting costs more than it saves.
LEAST_FOR_A_THREAD = 3_000_000
# A block has 25 rows at least then, and is large enough for OpenBLAS to compute it like the whole.
LEAST_ROWS = 36

# From cblas.h
_ROWS_FIRST, _AS_IT_IS, _TRANSPOSED = 101, 111, 112
_NUMBER = 4

llvmlite.binding.add_symbol("glassnet_numpy_sgemm", numpy_blas.sgemm())
_sgemm: Any = types.ExternalFunction(
    "glassnet_numpy_sgemm",
    types.void(
        *[types.int32] * 3, *[types.int64] * 3, types.float32, *[types.int64] * 4, types.float32, *[types.int64] * 2
    ),
)
_integers = pointers_to(types.int64)


@address_of("void(i8)")
def _multiply(address: int) -> None:
    job = array_at(_integers(address), 11)
    _sgemm(
        _ROWS_FIRST, job[0], job[1], job[2], job[3], job[4],
        1, job[5], job[6], job[7], job[8],
        0, job[9], job[10],
    )  # fmt: skip


@compiled_within
def _put(job: gn.Array, a: gn.Array, b: gn.Array, y: gn.Array, start: int, stop: int) -> None:
    """Make rows `start` to `stop` of ``y = a b`` a job."""
    job[0] = _AS_IT_IS if a.strides[1] == _NUMBER else _TRANSPOSED
    job[1] = _AS_IT_IS if b.strides[1] == _NUMBER else _TRANSPOSED
    job[2], job[3], job[4] = stop - start, b.shape[1], a.shape[1]
    job[5], job[6] = a.ctypes.data + start * a.strides[0], max(a.strides) // _NUMBER
    job[7], job[8] = b.ctypes.data, max(b.strides) // _NUMBER
    job[9], job[10] = y.ctypes.data + start * y.strides[0], y.strides[0] // _NUMBER


@compiled_within
def _cut(jobs: gn.Array, multiple: int, a: gn.Array, b: gn.Array, y: gn.Array) -> None:
    """Cut a product into blocks of a multiple of rows, one for each job."""
    rows, start = len(a), 0
    for block in range(len(jobs)):
        stop = round(rows * (block + 1) / len(jobs) / multiple) * multiple
        stop = rows if block == len(jobs) - 1 else stop
        _put(jobs[block], a, b, y, start, stop)
        start = stop


@compiled("i8(i8, i8, i8, f4[:,:], f4[:,:], f4[:,:], i8[:,::1])")
def _one_product(
    function: int, blocks: int, multiple: int, a: gn.Array, b: gn.Array, y: gn.Array, table: gn.Array
) -> int:
    _cut(table[:blocks, JOB:], multiple, a, b, y)
    run_jobs(table, function, blocks)
    return blocks


@compiled("i8(i8, i8, i8, f4[:,:], f4[:,:], f4[:,:], f4[:,:], f4[:,:], f4[:,:], i8[:,::1])")
def _two_products(
    function: int, blocks: int, multiple: int,
    a: gn.Array, b: gn.Array, y: gn.Array, d: gn.Array, e: gn.Array, z: gn.Array, table: gn.Array,
) -> int:  # fmt: skip
    _cut(table[:blocks, JOB:], multiple, a, b, y)
    _cut(table[blocks : 2 * blocks, JOB:], multiple, d, e, z)
    run_jobs(table, function, 2 * blocks)
    return blocks


_FUNCTIONS: dict[int, Any] = {1: _one_product, 2: _two_products}


def shared(*products: Product) -> bool:
    """Compute one product, or two with equally many multiplications, on several threads, to the bytes of `np.matmul`.

    Parameters
    ----------
    products
        ``(a, b, y)`` of each ``y = a b``. The caller's thread begins with the first one.

    Returns
    -------
    bool
        False if nothing was computed: products are small or not of float32 matrices in one piece, other threads use
        the team, or other processes use the cores.
    """
    blocks = _blocks(products)
    jobs = blocks * len(products)
    if jobs < 2:
        return False
    operands = (operand for product in products for operand in product)
    multiple = numpy_blas.rows_of_equal_bytes()
    return on_team(jobs, _FUNCTIONS[len(products)], _multiply, blocks, multiple, *operands) is not None


def _blocks(products: Sequence[Product]) -> int:
    """Return in how many blocks of rows to cut each product; 0 if they cannot be shared."""
    a, b, _ = products[0]
    threads = free_workers(len(products) * a.size * b.shape[1] // LEAST_FOR_A_THREAD)
    if threads < 2 or not all(_is_taken(operand) for product in products for operand in product):
        return 0
    most = max(1, min(len(a) for a, _, _ in products) // LEAST_ROWS)
    return min(threads // len(products), most)


def _is_taken(array: gn.Array) -> bool:
    # Compiled code takes no other class. A profile has one, which sees the layer's own products.
    return type(array) is np.ndarray and array.dtype.char == "f" and array.flags.forc and min(array.shape) > 1
