"""The first argument of compiled code: what it works on, and where in the process the things are that it uses."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from glassnet_fusion.entries import NotTracedError
from glassnet_fusion.space import Kind, Space
from glassnet_machine_code.installed import knows_arrays

_ALONE = 1, 0, 0


def first_argument(
    space: Space,
    loops: tuple[int, ...],
    kinds: Iterable[Kind],
    rows: Any = None,
    sharing: tuple[int, int, int] = _ALONE,
) -> Any:
    """Return the first argument of compiled code for inputs of these kinds.

    Of a space, it holds the range of rows, by default all of them, and their length; then the addresses that the code
    needs. Threads may share the range: `sharing` holds the number of parts, how many rows a thread takes at once, and
    the address of the function that shares.
    """
    from glassnet_fusion.array_kind import numbers_of

    start, stop = (0, space.rows) if rows is None else rows
    fixed = start, stop, space.columns, *sharing, *_python_addresses(), *loops, *numbers_of(kinds)
    return np.array(fixed, np.int64)


@cache
def _python_addresses() -> tuple[int, ...]:
    """Return where the functions of Python are that compiled code calls, and the type of plain arrays."""
    from glassnet_fusion.loop import PYTHON_FUNCTIONS

    if not knows_arrays():
        raise NotTracedError("this version of NumPy keeps arrays in another form")
    functions = [getattr(ctypes.pythonapi, name) for name in PYTHON_FUNCTIONS]
    return (*(ctypes.cast(each, ctypes.c_void_p).value or 0 for each in functions), id(np.ndarray))
