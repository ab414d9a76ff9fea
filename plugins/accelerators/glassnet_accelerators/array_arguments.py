"""Arrays as code that Numba compiles finds them among the arguments of a built-in function."""

from __future__ import annotations

from typing import Any

import numba
from numba import types
from numba.extending import intrinsic

import glassnet as gn
from glassnet_accelerators.compiled import compiled_within
from glassnet_machine_code import installed
from glassnet_machine_code.installed import ALIGNED, IN_ONE_PIECE, WRITEABLE

if not installed.knows_arrays():
    raise ImportError("this version of NumPy keeps arrays in another form")

# Numbers of eight bytes. Flags and axes are the lower half of theirs. The number of a type is the upper half, and the
# order of bytes is in the lower one: "=" for that of the processor.
_CLASS, _DATA, _AXES, _SHAPE, _ELEMENTS, _FLAGS = (
    getattr(installed, name) // 8 for name in ("TYPE", "DATA", "AXES", "SHAPE", "ELEMENTS", "FLAGS")
)
_TYPE_NUMBER = installed.TYPE_NUMBER // 8
_HALF, _LOW = 32, 0xFFFFFFFF
_ORDER, _BYTE, _OF_PROCESSOR = 16, 0xFF, ord("=")

array_at: Any = numba.carray  # type: ignore[attr-defined]  # Numba has no types
truth: Any = types.ExternalFunction("PyBool_FromLong", types.int64(types.int64))


def _pointers_to(kind: Any) -> Any:
    """Return a compiled function that makes an address a pointer."""
    result: Any = types.CPointer(kind)  # type: ignore[no-untyped-call]

    @intrinsic
    def pointer(context: Any, address: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(*arguments, context.get_value_type(result))

        return result(types.int64), write

    return pointer


_words, _singles, _doubles = map(_pointers_to, (types.int64, types.float32, types.float64))


# As few functions as can be: Numba takes a tenth of a second for each.
@compiled_within
def words_at(address: int, count: int) -> gn.Array:
    """Return the numbers of eight bytes at an address, such as the addresses of arguments."""
    return array_at(_words(address), (count,))  # type: ignore[no-any-return]


@compiled_within
def type_if_plain(array: int, new: int, axes: int, is_written: bool) -> int:
    """Return the number of an array's type, as NumPy's ``dtype.num``; or -1 if compiled code cannot take it.

    It is to have this number of axes, and class and type of `new`, an array that was just made; in one piece, aligned,
    and writeable if it is written to.
    """
    members, of_new = words_at(array, _FLAGS + 1), words_at(new, _FLAGS + 1)
    if members[_CLASS] != of_new[_CLASS]:  # behind it, objects of other classes keep something else
        return -1
    wanted = IN_ONE_PIECE | ALIGNED | (WRITEABLE if is_written else 0)
    number = words_at(members[_ELEMENTS], _TYPE_NUMBER + 1)[_TYPE_NUMBER]
    is_alike = number == words_at(of_new[_ELEMENTS], _TYPE_NUMBER + 1)[_TYPE_NUMBER]
    is_alike = is_alike and (number >> _ORDER) & _BYTE == _OF_PROCESSOR
    if is_alike and members[_AXES] & _LOW == axes and members[_FLAGS] & wanted == wanted:
        return int(number >> _HALF)
    return -1


@compiled_within
def shape_of(array: int) -> gn.Array:
    """Return the lengths of the axes of an array."""
    members = words_at(array, _FLAGS)
    return words_at(members[_SHAPE], members[_AXES] & _LOW)


@compiled_within
def singles(array: int) -> gn.Array:
    """Return an array of float32 as a matrix; one axis is a row."""
    shape = shape_of(array)
    rows = shape[0] if len(shape) > 1 else 1
    return array_at(_singles(words_at(array, _FLAGS)[_DATA]), (rows, shape[-1]))  # type: ignore[no-any-return]


@compiled_within
def doubles(array: int) -> gn.Array:
    """Return an array of float64 as a matrix; one axis is a row."""
    shape = shape_of(array)
    rows = shape[0] if len(shape) > 1 else 1
    return array_at(_doubles(words_at(array, _FLAGS)[_DATA]), (rows, shape[-1]))  # type: ignore[no-any-return]
