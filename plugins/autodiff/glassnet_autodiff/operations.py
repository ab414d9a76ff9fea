"""What the tape asks of an operation: where it writes, whose memory its result shows, whether it has a slope."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.derivatives import name_of
from glassnet_autodiff.memory_layout import read_only_view
from glassnet_autodiff.traced_array import TracedArray, TracedScalar, value_of
from glassnet_autodiff.tracing_error import untraceable


def gives_truth_values(function: Any) -> bool:
    """Tell whether a function returns truth values; `out` may be an array of another type."""
    return isinstance(function, np.ufunc) and not {"d->?", "dd->?"}.isdisjoint(function.types)


def array_to_write(function: Any, out: Any) -> Any:
    """Return the one array that the result is put into, which NumPy may hand over in a tuple, or None."""
    if isinstance(out, tuple):
        if len(out) > 1:
            raise untraceable(f"{name_of(function)} with several arrays as out= is not followed; leave out= away")
        (out,) = out
    if not isinstance(out, TracedArray | np.ndarray | None) or type(out) is TracedScalar or getattr(out, "later", None):
        raise untraceable(
            f"{name_of(function)} cannot write to a {type(value_of(out)).__name__}; give an array of its own"
        )
    return out


def called(function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Call a function that is not to write into its arguments."""
    try:
        return function(*arguments, **named)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise untraceable(f"{name_of(function)} writes into an argument, which the tape does not follow") from None


def check_type(function: Any, named: dict[str, Any]) -> None:
    """Raise `TracingError` for a computation in integers whose result is floating."""
    if named.get("dtype") is not None and np.dtype(named["dtype"]).kind not in "fc":
        raise untraceable(f"{name_of(function)} with dtype={named['dtype']!r} has no derivative; give a floating type")


def source_of(leaf: Any, traced: list[Any]) -> Any:
    """Return the traced array that `leaf` shows a part of, or None."""
    return next((one for one in traced if shares_memory(leaf, [one.value])), None)


def shares_memory(leaf: Any, arrays: list[Array]) -> bool:
    """Tell whether a leaf is an array that may share memory with one of `arrays`."""
    return isinstance(leaf, np.ndarray) and any(np.may_share_memory(leaf, array) for array in arrays)


def is_part_of(view: Array, array: Array) -> bool:
    """Tell whether the elements of `view` are elements of `array`, or real or imaginary parts of them."""
    return view.dtype in (array.dtype, np.empty(0, array.dtype).real.dtype)


def is_array(leaf: Any) -> bool:
    """Tell whether a leaf is an array or one of NumPy's scalars."""
    return isinstance(leaf, np.ndarray | np.generic)


def has_slope(leaf: Any) -> bool:
    """Tell whether a leaf has floating-point numbers."""
    return leaf.dtype.kind in "fc" if is_array(leaf) else isinstance(leaf, float | complex)


def is_complex(leaf: Any) -> bool:
    """Tell whether a leaf has complex numbers."""
    return isinstance(leaf, complex) or (is_array(leaf) and leaf.dtype.kind == "c")


def described(result: Any) -> str:
    """Return what a result is, for a message."""
    return f"an array of type {result.dtype}" if isinstance(result, np.ndarray) else type(result).__name__


def read_only(leaf: Any) -> Any:
    """Return an array as a view that cannot be written to; all else as it is."""
    return read_only_view(leaf) if isinstance(leaf, np.ndarray) else leaf


def copied(leaf: Any) -> Any:
    """Return a plain copy of an array, traced or not; all else as it is."""
    return np.copy(value_of(leaf)) if isinstance(leaf, TracedArray | np.ndarray) else leaf
