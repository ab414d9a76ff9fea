"""A matrix product ``out = first + X W`` where X is not there as a matrix: two tables say where its numbers lie.

The number in row i and column k is ``x[rows[i] + columns[k]]``. What the windows of a convolution see is such a matrix,
and so is its transpose, with the tables exchanged. So nothing is copied: all is read where it lies. Dukhan (2019), The
Indirect Convolution Algorithm, arXiv:1907.02129.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import glassnet as gn
from glassnet_accelerators.compiled import compiled, compiled_within
from glassnet_accelerators.register_tile import register_bytes, sum_in_registers

# With two vectors of each, that is as many sums as a core needs to have a new product to add at any time.
_ROWS = 4
# This number of rows of W, two vectors wide, stays in the nearest cache while all rows of X are read.
_DEPTH = 256


def _nothing(*_: Any) -> None:
    """Multiply by the columns of W that are left after single ones, which is always zero columns."""


def _by_columns(vectors: int, lanes: int, by_the_rest: Callable[..., None]) -> Callable[..., None]:
    """Return a function that multiplies by some columns of W at a time, and leaves `by_the_rest` what is too narrow."""
    step = vectors * lanes
    some_rows, one_row = sum_in_registers(_ROWS, vectors, lanes), sum_in_registers(1, vectors, lanes)

    @compiled_within
    def multiply(x, rows, columns, w, w_at, depth, width, first, first_width, out, column):  # type: ignore[no-untyped-def]
        in_tiles = rows.size // _ROWS * _ROWS
        while column + step <= width:
            for row in range(0, in_tiles, _ROWS):
                some_rows(
                    x, rows, row, columns, w, w_at + column, depth, width,
                    first, row * first_width + column, first_width, out, row * width + column,
                )  # fmt: skip
            for row in range(in_tiles, rows.size):
                one_row(
                    x, rows, row, columns, w, w_at + column, depth, width,
                    first, row * first_width + column, first_width, out, row * width + column,
                )  # fmt: skip
            column += step
        by_the_rest(x, rows, columns, w, w_at, depth, width, first, first_width, out, column)

    return multiply


def _by_all_columns() -> Callable[..., None]:
    lanes = register_bytes() // 4
    multiply = compiled_within(_nothing)
    for part in (2**power for power in range(lanes.bit_length())):
        multiply = _by_columns(1, part, multiply)
    return _by_columns(2, lanes, multiply)


_multiply = _by_all_columns()


@compiled("void(f4[::1], i8[::1], i8[::1], f4[::1], i8, f4[::1], i8, f4[::1])", reads="x w")
def product(
    x: gn.Array,
    rows: gn.Array,
    columns: gn.Array,
    w: gn.Array,
    width: int,
    first: gn.Array,
    first_width: int,
    out: gn.Array,
) -> None:
    """Write ``first + X W`` to `out`. All arrays have one axis.

    Parameters
    ----------
    x, rows, columns
        X: where in `x` each of its rows begins, and from there on each of its columns.
    w, width
        W, row after row, and how many columns it has.
    first, first_width
        What the products are added to, and how many numbers from one row of it to the next: none for a single row that
        is added to all. It may be `out`.
    """
    for k in range(0, columns.size, _DEPTH):
        depth = min(_DEPTH, columns.size - k)
        _multiply(x, rows, columns[k:], w, k * width, depth, width, first, first_width, out, 0)
        first, first_width = out, width
