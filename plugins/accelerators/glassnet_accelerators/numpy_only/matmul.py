"""Matrix products, cut into small ones or shared between threads: the way decides how fast a product is computed.

Where it has AVX-512, OpenBLAS multiplies matrices of up to a million multiplications right away. Larger ones it
first packs into another order and shares between its threads, which for the long and narrow matrices of a
convolution takes a quarter more time, and more than that when several threads multiply at once. On other machines
2^18 is how far it goes without its threads.
"""

from __future__ import annotations

import itertools
import math
from functools import cache, lru_cache

import numpy as np

import glassnet as gn

Product = tuple[gn.Array, gn.Array, gn.Array]

# The inner loop of a product has some rows, a multiple of four if it can be, and some vectors of 16 columns.
LEAST_ROWS = 8
MOST_COLUMNS = 64
# OpenBLAS multiplies up to this number of multiplications without packing, where it has AVX-512.
RIGHT_AWAY = 1_000_000
# A product of more small ones is computed whole.
LARGE = 8
# With fewer multiplications for each thread, waking one takes longer than it saves.
LEAST_FOR_A_THREAD = 6_000_000
# A block has this number of multiplications and of rows at least, so that OpenBLAS computes it like the whole.
LEAST_OF_A_BLOCK, ROWS_OF_A_BLOCK = 4_000_000, 14
# A core computes this number of multiplications while another thread wakes.
LATER = 3_000_000
# OpenBLAS computes 12 rows, or a multiple of them, to the same bytes alone and among others: its kernels take 4 or 12
# at once (docs/decisions.md).
EQUAL_BYTES = 12


def multiply(a: gn.Array, b: gn.Array, out: gn.Array) -> None:
    """Put ``a b`` into `out`, as products of some rows of `a` with some columns of `b`.

    Parameters
    ----------
    a
        ``(groups, …, m, k)``; with more axes in between, it is a stack of matrices for each group. It may be a view.
    b
        ``(groups, k, n)``: a matrix for each group.
    out
        ``(groups, …, m, n)``, or with all that is between groups and n as one axis. It may be a view.
    """
    *stack, m, k = a.shape
    groups, n = len(b), b.shape[2]
    rows, columns = tile(m, n, k)
    np.matmul(
        a.reshape(*stack, m // rows, 1, rows, k),
        b.reshape(groups, *[1] * len(stack), k, n // columns, columns).swapaxes(-3, -2),
        out=out.reshape(*stack, m // rows, rows, n // columns, columns).swapaxes(-3, -2),
    )


def row_blocked_matmul(a: gn.Array, b: gn.Array, out: gn.Array) -> None:
    """Put ``a b`` into `out`, as products of some rows of `a` each where that is faster.

    Parameters
    ----------
    a, b, out
        ``(m, k)``, ``(k, n)`` and ``(m, n)``.
    """
    (m, k), n = a.shape, b.shape[1]
    if m * n * k > RIGHT_AWAY:
        rows = rows_at_once(m, n, k)
        if rows == m:
            multiply_by_threads((a, b, out))
            return
        a, out = a.reshape(m // rows, rows, k), out.reshape(m // rows, rows, n)
    elif m == 1 and a.flags.c_contiguous:  # by a shorter way to the same function of BLAS, for a matrix and a vector
        np.dot(a, b, out=out)
        return
    np.matmul(a, b, out=out)


def multiply_by_threads(*products: Product) -> None:
    """Compute products of equal cost, each ``a b`` put into `out`; threads share large ones, to the same bytes.

    Parameters
    ----------
    products
        ``(a, b, out)`` of each product, of shapes ``(m, k)``, ``(k, n)`` and ``(m, n)``.
    """
    work = 0
    for a, b, _ in products:  # a generator takes as long as a small product
        work += a.size * b.shape[1]
    threads = gn.executor().num_free_workers(work // LEAST_FOR_A_THREAD) if work >= 2 * LEAST_FOR_A_THREAD else 1
    if threads == 1:
        for a, b, out in products:
            np.matmul(a, b, out=out)
        return
    blocks = [block for product in products for block in _blocks(product, math.ceil(threads / len(products)))]

    def multiply_block(number: int, worker: int) -> None:
        a, b, out = blocks[number]
        np.matmul(a, b, out=out)

    gn.executor().parallel_for(len(blocks), multiply_block)


def _blocks(product: Product, most: int) -> list[Product]:
    """Return a product in at most `most` blocks of rows, fewer if they would be small; the first one is the largest.

    The other threads begin later than the caller, which takes the first block.
    """
    a, b, out = product
    rows, work = len(a), b.size
    count = min(most, rows // ROWS_OF_A_BLOCK, rows * work // LEAST_OF_A_BLOCK)
    if count < 2:
        return [product]
    later = min(LATER / work, rows / 2)
    ends = [
        math.ceil((later + (rows - later) * block / count) / EQUAL_BYTES) * EQUAL_BYTES for block in range(1, count)
    ]
    return [(a[start:end], b, out[start:end]) for start, end in itertools.pairwise([0, *ends, rows])]


@lru_cache(maxsize=1024)
def rows_at_once(m: int, n: int, k: int) -> int:
    """Return how many rows of an ``(m, n)`` product to compute at once: an equal part of `m`, or all.

    A product of a few times a million multiplications takes a sixth less time in parts, on one thread, and the other
    factor stays in that thread's cache. Two threads are faster with the product itself, but when parameters were read
    by both, writing the next ones takes longer than that has saved. Larger products are left to the threads.
    """
    if not _multiplies_right_away() or m * n * k > LARGE * _small_product():
        return m
    fitting = [part for part in _divisors(m) if part * n * k <= _small_product()]
    return fitting[-1] if fitting and fitting[-1] >= LEAST_ROWS // 2 else m


@lru_cache(maxsize=1024)
def tile(m: int, n: int, k: int) -> tuple[int, int]:
    """Return how many rows and columns of an ``(m, n)`` product to compute at once: equal parts of `m` and of `n`.

    Where no small product has a good shape, it is the whole.
    """
    most = _small_product() // k
    for columns in reversed([part for part in _divisors(n) if part <= MOST_COLUMNS]):
        fitting = [part for part in _divisors(m) if part * columns <= most]
        rows = max(fitting, key=lambda part: (part % 4 == 0, part), default=0)
        if rows >= min(m, LEAST_ROWS):
            return rows, columns
    return m, n


def _divisors(number: int) -> list[int]:
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


def _small_product() -> int:
    return RIGHT_AWAY if _multiplies_right_away() else 2**18


@cache
def _multiplies_right_away() -> bool:
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return any(name.startswith(("AVX512", "X86_V4")) for name in found)
