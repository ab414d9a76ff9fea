"""Matrix products shared between threads that hand over work in compiled code, within a microsecond.

Python threads need 25 to 60 µs for it: each has to wake and then to wait for the interpreter's lock. The threads of the
team run compiled code alone. Between two products they look for work for some 50 µs, and offer their core to other
programs at each look; then they sleep.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import llvmlite.binding
import numpy as np
from numba import types

import glassnet as gn
from glassnet.all_cores import free_workers, note_wait, num_threads
from glassnet_accelerators.compiled import compiled, compiled_ufunc, compiled_within
from glassnet_accelerators.numpy_blas import sgemm

Product: TypeAlias = tuple[gn.Array, gn.Array, gn.Array]

# With fewer multiplications for each thread, the hand-over and the cut cost more than they save.
LEAST_FOR_A_THREAD = 3_000_000
# Every block has 25 rows at least then, and is large enough to be computed like the whole.
LEAST_ROWS = 36
# OpenBLAS computes a multiple of 12 rows to the same bytes alone and among others (docs/decisions.md).
_EQUAL_BYTES = 12
# How often a thread looks for work before it sleeps; a look takes a quarter of a microsecond.
_LOOKS = 200
_NANOSECONDS = 1e-9

# From cblas.h and time.h
_ROWS_FIRST, _AS_IT_IS, _TRANSPOSED = 101, 111, 112
_MONOTONIC = 1
_NUMBER = 4

# The table has a row for each thread, and one for the times. A row begins with a semaphore, which takes four numbers;
# a job follows: the orders of a and b; m, n and k; and of a, b and y each the place and the distance of rows.
_COLUMNS, _JOB = 16, 4

_int, _long, _float = types.int32, types.int64, types.float32
_sem_init: Any = types.ExternalFunction("sem_init", _int(_long, _int, types.uint32))
_sem_post: Any = types.ExternalFunction("sem_post", _int(_long))
_sem_wait: Any = types.ExternalFunction("sem_wait", _int(_long))
_sem_trywait: Any = types.ExternalFunction("sem_trywait", _int(_long))
_sched_yield: Any = types.ExternalFunction("sched_yield", _int())
_clock_gettime: Any = types.ExternalFunction("clock_gettime", _int(_int, _long))
llvmlite.binding.add_symbol("glassnet_numpy_sgemm", sgemm())
_sgemm: Any = types.ExternalFunction(
    "glassnet_numpy_sgemm",
    types.void(_int, _int, _int, *[_long] * 3, _float, *[_long] * 4, _float, *[_long] * 2),
)


@compiled_within
def _wait_for(semaphore: int) -> None:
    for _ in range(_LOOKS):
        if _sem_trywait(semaphore) == 0:
            return
        _sched_yield()
    while _sem_wait(semaphore) != 0:  # a signal came in between
        pass


@compiled_within
def _multiply(row: gn.Array) -> None:
    job = row[_JOB:]
    _sgemm(
        _ROWS_FIRST, job[0], job[1], job[2], job[3], job[4],
        1, job[5], job[6], job[7], job[8],
        0, job[9], job[10],
    )  # fmt: skip


@compiled_within
def _put(row: gn.Array, a: gn.Array, b: gn.Array, y: gn.Array, start: int, stop: int) -> None:
    """Make rows `start` to `stop` of ``y = a b`` the job of a thread."""
    job = row[_JOB:]
    job[0] = _AS_IT_IS if a.strides[1] == _NUMBER else _TRANSPOSED
    job[1] = _AS_IT_IS if b.strides[1] == _NUMBER else _TRANSPOSED
    job[2], job[3], job[4] = stop - start, b.shape[1], a.shape[1]
    job[5], job[6] = a.ctypes.data + start * a.strides[0], max(a.strides) // _NUMBER
    job[7], job[8] = b.ctypes.data, max(b.strides) // _NUMBER
    job[9], job[10] = y.ctypes.data + start * y.strides[0], y.strides[0] // _NUMBER


@compiled_within
def _cut(table: gn.Array, first: int, count: int, a: gn.Array, b: gn.Array, y: gn.Array) -> None:
    """Cut a product into `count` blocks of rows, for the threads from `first` on."""
    rows, start = len(a), 0
    for block in range(count):
        stop = rows if block == count - 1 else -(-rows * (block + 1) // count // _EQUAL_BYTES) * _EQUAL_BYTES
        _put(table[first + block], a, b, y, start, stop)
        start = stop


@compiled_within
def _now(table: gn.Array) -> int:
    times = table[-1]
    _clock_gettime(_MONOTONIC, times.ctypes.data)
    return int(times[0] * 1_000_000_000 + times[1])


@compiled_within
def _work_together(table: gn.Array, threads: int) -> None:
    """Have every thread do its job, and note how long the caller worked and waited."""
    start = _now(table)
    for thread in range(1, threads):
        _sem_post(table[thread].ctypes.data)
    _multiply(table[0])
    middle = _now(table)
    for _ in range(1, threads):
        _wait_for(table[0].ctypes.data)
    table[-1, 2], table[-1, 3] = middle - start, _now(table) - middle


@compiled_ufunc("void(i8[:,:], i8, f4[:,:], f4[:,:], f4[:,:])", "(r,c),(),(m,k),(k,n)->(m,n)")
def _one_product(table: gn.Array, blocks: int, a: gn.Array, b: gn.Array, y: gn.Array) -> None:
    _cut(table, 0, blocks, a, b, y)
    _work_together(table, blocks)


@compiled_ufunc(
    "void(i8[:,:], i8, f4[:,:], f4[:,:], f4[:,:], f4[:,:], f4[:,:], f4[:,:])",
    "(r,c),(),(m,k),(k,n),(p,q),(q,s)->(m,n),(p,s)",
)
def _two_products(
    table: gn.Array, blocks: int, a: gn.Array, b: gn.Array, d: gn.Array, e: gn.Array, y: gn.Array, z: gn.Array
) -> None:
    _cut(table, 0, blocks, a, b, y)
    _cut(table, blocks, blocks, d, e, z)
    _work_together(table, 2 * blocks)


_FUNCTIONS = {1: _one_product, 2: _two_products}


@compiled("void(i8[:,::1])")
def _prepare(table: gn.Array) -> None:
    for row in table[:-1]:
        _sem_init(row.ctypes.data, 0, 0)


@compiled("void(i8[:,::1], i8)")
def _serve(table: gn.Array, thread: int) -> None:
    while True:
        _wait_for(table[thread].ctypes.data)
        _multiply(table[thread])
        _sem_post(table[0].ctypes.data)


class _Team:
    """The threads of this process that share products, and the table in which they find them."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.is_free = threading.Lock()
        self.table = np.zeros((threads + 1, _COLUMNS), np.int64)
        _prepare(self.table)
        for number in range(1, threads):
            name = f"glassnet-product-{number}"
            threading.Thread(target=_serve, args=(self.table, number), name=name, daemon=True).start()


@cache
def _team() -> _Team:
    return _Team(num_threads())


if hasattr(os, "register_at_fork"):
    # A forked process has none of its parent's threads, and would wait for them for ever.
    os.register_at_fork(after_in_child=_team.cache_clear)


def shared(*products: Product) -> bool:
    """Compute one product, or two with equally many multiplications, on several threads, to the bytes of `np.matmul`.

    Parameters
    ----------
    products
        ``(a, b, y)`` of each ``y = a b``.

    Returns
    -------
    bool
        False if nothing was computed: products are small or not of float32 matrices in one piece, other threads use
        the team, or other processes use the cores.
    """
    blocks = _blocks(products)
    if blocks * len(products) < 2:
        return False
    team = _team()
    if not team.is_free.acquire(blocking=False):
        return False
    try:
        _FUNCTIONS[len(products)](
            team.table,
            blocks,
            *(operand for a, b, _ in products for operand in (a, b)),
            out=tuple(y for _, _, y in products),
        )
        worked, waited = team.table[-1, 2:4]
    finally:
        team.is_free.release()
    note_wait(worked * _NANOSECONDS, waited * _NANOSECONDS)
    return True


def _blocks(products: Sequence[Product]) -> int:
    """Return in how many blocks of rows to cut each product; 0 if they cannot be shared."""
    if not all(_is_taken(operand) for product in products for operand in product):
        return 0
    a, b, _ = products[0]
    threads = free_workers(len(products) * a.size * b.shape[1] // LEAST_FOR_A_THREAD)
    most = max(1, min(len(a) for a, _, _ in products) // LEAST_ROWS)
    return min(threads // len(products), most)


def _is_taken(array: gn.Array) -> bool:
    return array.dtype == np.float32 and array.flags.forc and min(array.shape) > 1
