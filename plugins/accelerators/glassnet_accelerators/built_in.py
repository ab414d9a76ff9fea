"""Compiled functions that Python calls as it calls its own: with the objects as they are, which they have to check."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

# An array of arguments and their number: METH_FASTCALL in methodobject.h.
_FASTCALL = 0x80
_make_function = ctypes.pythonapi.PyCFunction_NewEx
_make_function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
_make_function.restype = ctypes.py_object

# A method is there as long as what calls it.
_kept: list[_Method] = []


class _Method(ctypes.Structure):
    """PyMethodDef in methodobject.h: what Python makes a built-in function of."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def built_in(name: str, address: int) -> Callable[..., Any]:
    """Return what calls the compiled function at an address.

    The function is given nothing, the address of its arguments, and their number, and returns an object of Python.
    """
    method = _Method(name.encode(), address, _FASTCALL, None)
    _kept.append(method)
    return _make_function(ctypes.byref(method), None, None)  # type: ignore[no-any-return]
