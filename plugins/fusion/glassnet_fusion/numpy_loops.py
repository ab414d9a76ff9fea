"""Where NumPy's own inner loops are: compiled code calls them for exp, tanh, log and others that it does not compute.

So their bytes are NumPy's, whichever instructions it chose for this processor.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

from glassnet_fusion.entries import NotTracedError

_FLOATS = "fd"
# Of two zeros with different signs, a loop may take one for several numbers at once, and the other for those left over.
_BY_PLACE = "takes one of two zeros by its place"
# Compiled code computes a NaN where NumPy does, but not always the same one.
_UNSTEADY = {np.fmax: _BY_PLACE, np.fmin: _BY_PLACE, np.copysign: "takes the sign of a NaN"}


class _Ufunc(ctypes.Structure):
    """The beginning of PyUFuncObject in numpy/ufuncobject.h, which extensions are compiled with."""

    _fields_ = (
        ("references", ctypes.c_ssize_t),
        ("type", ctypes.c_void_p),
        ("nin", ctypes.c_int),
        ("nout", ctypes.c_int),
        ("nargs", ctypes.c_int),
        ("identity", ctypes.c_int),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("ntypes", ctypes.c_int),
        ("reserved", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("types", ctypes.POINTER(ctypes.c_ubyte)),
    )


@cache
def loop_addresses(ufunc: np.ufunc, char: str) -> tuple[int, int]:
    """Return the addresses of the loop of a ufunc over numbers of one type, and of the data that it is called with.

    Raises
    ------
    NotTracedError
        If NumPy has no such loop, or keeps it in a form that is not known here.
    """
    if ufunc in _UNSTEADY:
        raise NotTracedError(f"it calls np.{ufunc.__name__}, which {_UNSTEADY[ufunc]}")
    signature = f"{char * ufunc.nin}->{char}"
    if char not in _FLOATS or signature not in ufunc.types or ufunc.nin > 2:
        raise NotTracedError(f"it calls np.{ufunc.__name__}")
    found = _Ufunc.from_address(id(ufunc))
    place = ufunc.types.index(signature)
    if not _is_as_known(found, ufunc, place, char):
        raise NotTracedError(f"it calls np.{ufunc.__name__}, whose loops this version of NumPy keeps elsewhere")
    return found.functions[place], found.data[place] or 0


def _is_as_known(found: Any, ufunc: np.ufunc, place: int, char: str) -> bool:
    counts = (found.nin, found.nout, found.nargs, found.ntypes)
    if counts != (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes) or found.name != ufunc.__name__.encode():
        return False
    numbers = [found.types[place * ufunc.nargs + each] for each in range(ufunc.nargs)]
    return set(numbers) == {np.dtype(char).num} and bool(found.functions[place])
