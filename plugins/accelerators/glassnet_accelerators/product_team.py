"""Matrix products, shared between the threads of the team."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TypeAlias

import numpy as np

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_accelerators.product_code import Block, module_of_products
from glassnet_machine_code.compiler import addresses_of
from glassnet_machine_code.team import code, on_team
from glassnet_parallel.thread_pool import free_workers

Product: TypeAlias = tuple[gn.Array, gn.Array, gn.Array]
# The shape and the strides of a matrix.
_Form: TypeAlias = tuple[tuple[int, int], tuple[int, int]]

# With fewer multiplications for each thread, cutting costs more than it saves.
LEAST_FOR_A_THREAD = 3_000_000
# A block has 25 rows or columns at least then, and is large enough for OpenBLAS to compute it like the whole.
LEAST_LENGTH = 36

# From cblas.h
_AS_IT_IS, _TRANSPOSED = 111, 112
_NUMBER = 4
_FLOAT32 = np.dtype(np.float32)
# More threads than there are.
_MANY = 1 << 20


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
    operands = [operand for product in products for operand in product]
    for operand in operands:  # compiled code takes no other class; a profile has one, which sees the layer's products
        if type(operand) is not np.ndarray or operand.dtype is not _FLOAT32:
            return False
    threads = free_workers(_MANY)
    plan = _plan(threads, tuple([(operand.shape, operand.strides) for operand in operands])) if threads > 1 else None
    return plan is not None and on_team(int(plan[1]), code().share, plan, *operands) is not None


@lru_cache(maxsize=256)
def _plan(threads: int, forms: tuple[_Form, ...]) -> gn.Array | None:
    """Return what `share` is given of products whose matrices have these forms, three for each product.

    It is None if they cannot be shared.
    """
    products = [forms[first : first + 3] for first in range(0, len(forms), 3)]
    if not all(map(_is_in_one_piece, forms)):
        return None
    blocks = _blocks(threads, products)
    if blocks * len(products) < 2:
        return None
    jobs = [block for number, product in enumerate(products) for block in _cut(blocks, 3 * number, *product)]
    return np.array([_multiply(), len(jobs), 1, len(jobs), *[number for job in jobs for number in job]], np.int64)


def _is_in_one_piece(form: _Form) -> bool:
    """Tell whether a matrix has more than one row and column, and is in one piece, transposed or not."""
    (rows, columns), strides = form
    return min(rows, columns) > 1 and strides in ((columns * _NUMBER, _NUMBER), (_NUMBER, rows * _NUMBER))


def _blocks(threads: int, products: Sequence[Sequence[_Form]]) -> int:
    """Return in how many blocks to cut each product."""
    (rows, inner), columns = products[0][0][0], products[0][1][0][1]
    sharing = min(threads, len(products) * rows * inner * columns // LEAST_FOR_A_THREAD)
    lengths = [y[_axis_of_cuts(*y, b[0])] for (_, _), (b, _), (y, _) in products]
    return min(sharing // len(products), max(1, min(lengths) // LEAST_LENGTH))


@cache
def _multiply() -> int:
    """Return the address of the function that computes a block."""
    (address,) = addresses_of(module_of_products(), "multiply")
    return address


def _cut(blocks: int, first: int, a: _Form, b: _Form, y: _Form) -> Iterator[Block]:
    """Cut a product into blocks of rows or of columns; its matrices are the arrays from place `first` on."""
    sgemm = numpy_blas.sgemm()
    assert sgemm is not None
    shape, inner = (a[0][0], b[0][1]), a[0][1]
    axis = _axis_of_cuts(*shape, inner)
    multiple = (numpy_blas.rows_of_equal_bytes(), numpy_blas.COLUMNS)[axis]
    ends = [round(shape[axis] * block / blocks / multiple) * multiple for block in range(blocks)]
    for start, stop in itertools.pairwise([*ends, shape[axis]]):
        rows, columns = (stop - start, shape[1]) if axis == 0 else (shape[0], stop - start)
        a_start, b_start = (start * a[1][0], 0) if axis == 0 else (0, start * b[1][1])
        yield Block(
            sgemm, _order(a), _order(b), rows, columns, inner,
            first, a_start, _distance(a), first + 1, b_start, _distance(b), first + 2, start * y[1][axis], _distance(y),
        )  # fmt: skip


def _axis_of_cuts(rows: int, columns: int, inner: int) -> int:
    """Return 0 if a product is to be cut into blocks of rows, 1 if of columns: these where b is the largest matrix.

    Each thread then reads a part of b and not all of it. To write what all threads have read takes several times as
    long, and b may be weights, which the optimizer writes next.
    """
    return int(rows <= min(columns, inner) and numpy_blas.columns_have_equal_bytes())


def _order(form: _Form) -> int:
    return _AS_IT_IS if form[1][1] == _NUMBER else _TRANSPOSED


def _distance(form: _Form) -> int:
    """Return how many numbers from one row to the next, or from one column to the next if it is transposed."""
    return max(form[1]) // _NUMBER
