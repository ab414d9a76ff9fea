"""Which elements of arrays are numbers, and how Python's numbers become those of NumPy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.types import Array

_NUMBERS = "give numbers, such as float32 or uint8"
# What to do about element types that are not numbers, by `dtype.kind`.
_ADVICE = {
    "c": "give real numbers, such as x.real and x.imag side by side",
    "M": "give the time since a first day as a number: (x - x.min()) / np.timedelta64(1, 'D')",
    "m": "give the time as a number: x / np.timedelta64(1, 's')",
    "V": "give one axis for the fields: np.lib.recfunctions.structured_to_unstructured(x)",
}
_TEXT_LABELS = "turn text labels into integers: classes, y = np.unique(labels, return_inverse=True)"
_TEXT_FEATURES = "turn text into numbers: x.astype(float) for digits, one column of 0 and 1 for each word otherwise"


def check_type(array: Any, name: str) -> None:
    """Raise `DataError` if the elements of an array are not real numbers; the message says what to do."""
    kind = array.dtype.kind
    if kind in "fiub":
        return
    advice = _for_text(name) if kind in "UST" else _ADVICE.get(kind, _NUMBERS)
    advice = re.sub(r"\bx\b", name.split(":")[0].split()[-1], advice)
    raise DataError(f"{name} has element type {array.dtype}; {advice}")


def plain_numbers(array: Array, name: str) -> Array:
    """Return an array of NumPy as real numbers in the byte order of the machine.

    Raises
    ------
    DataError
        If an element is not a real number.
    """
    if array.dtype.kind == "O":
        array = _from_objects(array, name)
    check_type(array, name)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def unmasked(masked: np.ma.MaskedArray[Any, Any], name: str) -> Any:
    """Return the numbers of a masked array, or raise `DataError` if some of them are masked."""
    if masked.dtype.names is None and np.ma.is_masked(masked):  # records are refused as such
        sample = int(np.argwhere(np.ma.getmaskarray(masked))[0][0]) if masked.ndim else 0
        raise DataError(
            f"{name} has masked values, the first at sample {sample}; "
            f"fill them ({name}.filled(0)) or leave these samples out"
        )
    return masked.data


def _from_objects(objects: Array, name: str) -> Array:
    """Return objects as booleans or integers if all of them are such, and as float64 otherwise."""
    listed = objects.ravel().tolist()
    for place, each in enumerate(listed):
        if not isinstance(each, (Real, Decimal, np.bool_)):
            sample = place // max(1, objects[:1].size) if objects.ndim else 0
            raise DataError(f"{name} has {_described(each)} at sample {sample}; {_advice(each, name)}")
    if all(isinstance(each, (bool, np.bool_)) for each in listed):
        return objects.astype(bool)
    is_whole = all(isinstance(each, (Integral, np.bool_)) and -(2**63) <= int(each) < 2**63 for each in listed)
    try:
        return objects.astype(np.int64 if is_whole else np.float64)
    except OverflowError:
        raise DataError(f"{name} has a number that float64 cannot hold; divide the numbers by a constant") from None


def _is_missing(value: Any) -> bool:
    # pandas.NA and NaT are known by their names, since pandas may not be installed.
    return type(value).__name__ in ("NoneType", "NAType", "NaTType")


def _described(value: Any) -> str:
    if _is_missing(value):
        return "a missing value"
    return f"the text {value[:60]!r}" if isinstance(value, str) else f"an object of type {type(value).__name__}"


def _advice(value: Any, name: str) -> str:
    if _is_missing(value):
        return "fill missing values, or leave these samples out"
    if isinstance(value, str):
        return _for_text(name)
    if isinstance(value, (np.ndarray, list)):
        return "give one array with an axis for the samples: np.stack(list(samples))"
    if isinstance(value, Mapping):
        return "give the values of each row: [list(row.values()) for row in rows]"
    return _ADVICE["c"] if isinstance(value, complex) else _NUMBERS


def _for_text(name: str) -> str:
    return _TEXT_LABELS if name.split(":")[0].endswith("y") else _TEXT_FEATURES
