"""Data in the wrong form, and how to write them: one sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glassnet.errors import DataError
from glassnet.types import Shape
from glassnet_dataloaders.batches import Batches
from glassnet_dataloaders.conversion import array_and_columns
from glassnet_datasets.dataset import Dataset, DataSource
from glassnet_inputs.loaders import is_pair
from glassnet_splits.split import Split


def check_is_samples(given: Any, name: str, sample_shape: Shape) -> None:
    """Raise `DataError` if `predict` is not given one array of samples of a shape."""
    check_is_loaded(given, name)
    if isinstance(given, (Split, Batches)) or _are_batches(given):
        raise DataError(
            f"{name} is a {type(given).__name__}, which holds targets too; give the samples: predict(data.x), "
            "or predict(x) for each of the batches"
        )
    check_is_one_array(given, name, expected=sample_shape)


def _are_batches(given: Any) -> bool:
    """Return whether `given` is a list of splits or of pairs of samples and targets, with different numbers of axes."""
    if not isinstance(given, list | tuple) or not given:
        return False
    return all(isinstance(each, Split) or (_is_of_arrays(each) and each[0].shape != each[1].shape) for each in given)


def _is_of_arrays(each: Any) -> bool:
    return isinstance(each, tuple) and len(each) in (2, 3) and all(hasattr(array, "shape") for array in each)


def check_is_loaded(given: Any, name: str) -> None:
    """Raise `DataError` for a dataset where one of its splits is wanted."""
    if isinstance(given, Dataset):
        raise DataError(f"{name} is a dataset of several splits; give one of them: data.train")
    if isinstance(given, DataSource) or (isinstance(given, type) and issubclass(given, DataSource)):
        call = f"gn.datasets.{given.title()}().load()"
        raise DataError(f"{name} is a dataset that is not loaded; give one of its splits: data = {call}; data.train")


def check_is_read_as_numbers(x: Any) -> None:
    """Raise `DataError` for a text or a dictionary: what is wrong with it comes before the missing targets."""
    if isinstance(x, (str, bytes, Mapping)):
        array_and_columns(x, "x")


def check_pair(x: Any) -> None:
    """Raise `DataError` for ``x, y`` in one pair."""
    if is_pair(x) and hasattr(x[0], "shape"):
        raise DataError("x and y are given as one pair; give both: net.fit(x, y, …), net.evaluate(x, y)")


def check_is_one_array(given: Any, name: str, *, len_of: Any = None, expected: Shape | None = None) -> None:
    """Raise `DataError` for a list with an array for each of several inputs or outputs.

    A list of samples looks much the same. The arrays are not samples if they have as many rows as `len_of`, or if
    their rows have the shape that is expected of a sample.
    """
    if not isinstance(given, (list, tuple)) or len(given) < 2 or not all(hasattr(each, "shape") for each in given):
        return
    shapes = [tuple(each.shape) for each in given]
    if not all(shapes) or len({shape[0] for shape in shapes}) > 1:
        return
    if len_of is not None:
        is_several = (
            hasattr(len_of, "__len__")
            and getattr(len_of, "shape", None) != ()
            and shapes[0][0] == len(len_of) != len(given)
        )
    else:
        is_several = len(set(shapes)) > 1 or shapes[0][1:] == expected
    if is_several:
        what = "input" if name == "x" else "output"
        raise DataError(
            f"{name} is a list of {len(given)} arrays, and a network has one {what}; "
            f"join them: np.concatenate({name}, axis=-1)"
        )
