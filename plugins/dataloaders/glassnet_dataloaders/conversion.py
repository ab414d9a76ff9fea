"""What users give as samples and targets, as plain arrays; or one sentence that says how to make such an array."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Set as AbstractSet
from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.registry.registry import registry
from glassnet.types import Array
from glassnet_dataloaders.element_types import check_type, plain_numbers, unmasked
from glassnet_dataloaders.frames import columns_of, frame_numbers, is_frame
from glassnet_dataloaders.lazy_rows import lazily_read
from glassnet_dataloaders.memmap import Stored, is_on_disk, is_stored


def array_and_columns(values: Any, name: str) -> tuple[Any, tuple[str, ...] | None]:
    """Return `values` as an array of real numbers, and the names of its columns; an array on disk stays there.

    Parameters
    ----------
    values
        An array of NumPy, PyTorch or JAX, nested lists, a data frame or one of its columns, or an array on disk.
    name
        The name of the values in messages, such as ``"x"``.

    Raises
    ------
    DataError
        If the values are not numbers, if some are masked or missing, or if rows differ in length.
    """
    if isinstance(values, np.ma.MaskedArray):
        values = unmasked(values, name)
    values = lazily_read(values)
    if is_on_disk(values):
        check_type(values, name)
        return (Stored(values) if is_stored(values) and not isinstance(values, Stored) else values), None
    if isinstance(values, np.ndarray):
        return plain_numbers(np.asarray(values), name), None
    _check_container(values, name)
    if is_frame(values):
        return frame_numbers(values, name), columns_of(values)
    return plain_numbers(_read(values, name), name), None


def _check_container(values: Any, name: str) -> None:
    """Raise `DataError` if `values` holds samples in another form than rows."""
    kind = type(values).__name__
    for method in ("collect", "compute"):
        if hasattr(values, method) and not hasattr(values, "__array__"):
            raise DataError(f"{name} is a {kind} that is not computed yet; give {name}.{method}()")
    if name == "sample_weight" and isinstance(values, (str, Mapping)):
        raise DataError(
            f"sample_weight is {values!r}; give a number for each sample, or weights of classes: "
            "class_weight='balanced', or class_weight={0: 1.0, 1: 5.0}"
        )
    if isinstance(values, Mapping):
        raise DataError(
            f"{name} is a {kind}, and a network has one input; give one array: np.column_stack(list({name}.values()))"
        )
    if isinstance(values, (str, bytes)):
        raise DataError(f"{name} is the text {values[:60]!r}; {_instead_of_text(values)}")
    if isinstance(values, (Iterator, AbstractSet)):
        raise DataError(f"{name} is a {kind}; give an array: np.stack(list(…))")
    if values is None:
        raise DataError(f"{name} is None; give an array with one row a sample")
    if callable(values):
        raise DataError(f"{name} is a {kind} that can be called; give an array with one row a sample")


def _instead_of_text(text: str | bytes) -> str:
    if isinstance(text, str) and registry.has("dataset", text):
        return f"load the dataset: data = gn.datasets.{text}().load(), then data.train"
    of_table = isinstance(text, str) and os.path.splitext(text)[1]
    fitted = "; a table that is there is trained on by net.fit('homes.csv', target='price', …)" if of_table else ""
    return f"load the data, and give an array{fitted}"


def _read(values: Any, name: str) -> Array:
    """Return `values` as an array of NumPy with elements of any type."""
    try:
        return np.asarray(_without_gradient(values, name))
    except DataError:
        raise
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        if "inhomogeneous" in str(error):
            raise DataError(f"{name} is ragged: its rows have different lengths; make them equally long") from None
        raise DataError(
            f"{name} is a {type(values).__name__} that NumPy cannot read ({str(error).splitlines()[0]}); "
            "give an array of NumPy"
        ) from None


def _without_gradient(values: Any, name: str) -> Any:
    """Return tensors as NumPy can read them, masked arrays without their masks, and lists of both likewise."""
    if isinstance(values, np.ma.MaskedArray):
        return unmasked(values, name)
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        return values.detach().cpu().numpy()
    if isinstance(values, (list, tuple)) and not all(map(_is_read_as_it_is, values)):
        return [_without_gradient(each, name) for each in values]
    return values


def _is_read_as_it_is(value: Any) -> bool:
    return isinstance(value, (int, float, np.ndarray)) and not isinstance(value, np.ma.MaskedArray)
