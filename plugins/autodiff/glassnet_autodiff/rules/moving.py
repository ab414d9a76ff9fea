"""Derivatives of operations that only move elements: they reshape, join, choose, insert and write."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from glassnet.errors import TracingError
from glassnet.types import Array
from glassnet_autodiff.rules.rule import VJPTable, permutation_vjp, zero_slopes


def pad(x: Array, width: Any, mode: str = "constant", **named: Any) -> Any:
    """np.pad of the numbers of elements, with 0 where it adds a constant."""
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise TracingError(f"np.pad with mode={mode!r} has no derivative, only the modes that copy elements have one")
    return np.pad(x, width, mode=mode)  # type: ignore[call-overload]


def select(g: Array, y: Array, conditions: Any, choices: Any, default: Any = 0.0) -> tuple[Any, ...]:
    """The gradient goes to the choice that was taken; to the default where none was."""
    return permutation_vjp(np.select, 1, 2)(g, y, conditions, choices, default)


VJPS: VJPTable = {
    np.where: lambda g, y, condition, a, b: (0.0, np.where(condition, g, 0), np.where(condition, 0, g)),
    np.copy: lambda g, y, x, order=None: (g,),
    np.ndarray.astype: lambda g, y, x, dtype, *options, **named: (g,),
    **{f: permutation_vjp(f, 0) for f in (operator.getitem, np.take, np.take_along_axis)},
    **{
        f: permutation_vjp(f, 0)
        for f in (np.repeat, np.tile, np.resize, np.roll, np.rollaxis, np.flip, np.fliplr, np.flipud)
    },
    **{f: permutation_vjp(f, 0) for f in (np.rot90, np.fft.fftshift, np.fft.ifftshift)},
    **{f: permutation_vjp(f, 0) for f in (np.tril, np.triu, np.diag, np.diagflat, np.diagonal, np.linalg.diagonal)},
    **{
        f: permutation_vjp(f, 0)
        for f in (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block)
    },
    **{
        f: permutation_vjp(f, 0)
        for f in (np.reshape, np.ravel, np.transpose, np.matrix_transpose, np.swapaxes, np.moveaxis)
    },
    **{f: permutation_vjp(f, 0) for f in (np.expand_dims, np.squeeze, np.atleast_1d, np.atleast_2d, np.atleast_3d)},
    **{f: permutation_vjp(f, 0) for f in (sliding_window_view, np.broadcast_to, np.delete)},
    **{f: permutation_vjp(f, 1) for f in (np.compress, np.extract, np.choose)},
    np.append: permutation_vjp(np.append, 0, 1),
    np.insert: permutation_vjp(np.insert, 0, 2),
    np.select: select,
    np.pad: permutation_vjp(pad, 0),
    # These write into their first argument, whose former content is an argument like the others.
    np.copyto: lambda g, y, old, new, where=True: (np.where(where, 0, g), np.where(where, g, 0)),
    **{f: permutation_vjp(f, 0, 2) for f in (operator.setitem, np.put, np.place, np.putmask, np.put_along_axis)},
    np.fill_diagonal: permutation_vjp(np.fill_diagonal, 0, 1),
    np.bincount: lambda g, y, places, weights, minlength=0: (None, g[places], None),
    np.add.at: lambda g, y, old, places, added: (g, None, g[places]),
    np.subtract.at: lambda g, y, old, places, taken: (g, None, -g[places]),
    **dict.fromkeys((np.empty_like, np.zeros_like, np.ones_like), zero_slopes),
    np.full_like: lambda g, y, x, value, shape=None: (0.0, g),
}
if hasattr(np, "astype"):  # since NumPy 2.1
    VJPS[np.astype] = VJPS[np.ndarray.astype]
