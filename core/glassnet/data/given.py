"""What `fit` and `evaluate` were given: arrays or batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.components.dataset import Dataset, DataSource, Split
from glassnet.data.conversion import as_array
from glassnet.data.frames import columns_of, is_frame
from glassnet.data.validation import as_split, check_inputs
from glassnet.data.weights import weighted
from glassnet.errors import DataError, OptionError, ShapeError
from glassnet.types import Shape
from glassnet_dataloaders.batches import Batches, in_batch
from glassnet_dataloaders.memmap import is_on_disk

if TYPE_CHECKING:
    from glassnet.training.config import Training


def given_data(x: Any, y: Any = None) -> Split | Batches:
    """Return ``x, y``, a split, or anything that gives batches as a split or as `Batches`."""
    _check_is_loaded(x, "x")
    if isinstance(x, Batches) and y is not None:
        raise DataError("got batches and also y; their targets come with them, so leave y out")
    if y is None:
        if isinstance(x, (str, bytes, Mapping)):  # what is wrong with it comes before the missing y
            as_array(x, "x")
        if _is_pair(x) and hasattr(x[0], "shape"):
            raise DataError("x and y are given as one pair; give both: net.fit(x, y, …), net.evaluate(x, y)")
        return _as_batches(x) if _gives_batches(x) else as_split(x)
    _check_is_one_array(x, "x", len_of=y)
    _check_is_one_array(y, "y", len_of=x)
    return as_split(x, y)


def given_validation(validation: Any) -> Split | Batches | None:
    """Return the data in what `fit` was given as `validation`; None where it is a fraction, or nothing."""
    if validation is None or np.isscalar(validation):
        return None
    _check_is_loaded(validation, "validation")
    try:
        return _validation_data(validation)
    except (DataError, ShapeError) as error:
        raise type(error)(f"validation: {error}") from None


def _validation_data(validation: Any) -> Split | Batches:
    if _is_pair(validation):
        x, y, *weights = validation
        return weighted(as_split(x, y), *weights)
    if isinstance(validation, Split) or _gives_batches(validation):
        return given_data(validation)
    raise DataError(
        f"a {type(validation).__name__} has no targets; "
        "give (x, y), (x, y, weights), a split, batches, or a fraction such as 0.2"
    )


def given_samples(x: Any, expected: Shape) -> tuple[Any, tuple[str, ...] | None]:
    """Return what `predict` was given as an array, and the names of its columns if it is a data frame.

    Raises
    ------
    DataError
        If it is not one array of samples; `expected` is the shape of a sample.
    """
    if type(x) is np.ndarray:
        return as_array(x, "x"), None
    _check_is_loaded(x, "x")
    if isinstance(x, (Split, Batches)):
        raise DataError(
            f"x is a {type(x).__name__}, which holds targets too; give the samples: predict(data.x), "
            "or predict(x) for each of the batches"
        )
    _check_is_one_array(x, "x", expected=expected)
    return as_array(x, "x"), columns_of(x)


def first_samples(data: Split | Batches) -> Split:
    """Return data that tell the scale of all samples: a split itself, or the first batch of batches."""
    return data.first() if isinstance(data, Batches) else data


def sample_shape(data: Split | Batches) -> Shape:
    """Return the shape of one sample; what cannot be trained on is refused before a network is built for it."""
    if isinstance(data, Batches):
        first = data.first()
        with in_batch(0):
            check_inputs(first.x, None, columns=first.columns)
        return first.x.shape[1:]
    if not is_on_disk(data.x):  # to look at all of a file takes long, and is done once the network is there
        check_inputs(data.x, None, columns=data.columns)
    return tuple(data.x.shape[1:])


def check_batches(
    data: Split | Batches, validation: Split | Batches | None, options: Training, batch_size: Any, sample_weight: Any
) -> None:
    """Refuse what cannot be done with batches.

    Raises
    ------
    DataError
        When a generator would have to be gone through twice, or there are sample weights apart from the batches.
    OptionError
        When there are options that are for arrays.
    """
    for each in (data, validation):
        if isinstance(each, Batches) and not each.can_be_repeated and options.epochs > 1:
            raise DataError(
                f"a generator of batches can be gone through only once (epochs={options.epochs}); give an iterable "
                "that can be gone through again, such as a list, or a function that returns a new generator for each "
                "epoch: lambda epoch: …"
            )
    if not isinstance(data, Batches):
        return
    if sample_weight is not None:
        raise DataError("batches have their weights with them; give (x, y, weights) in the place of sample_weight")
    if batch_size is not None:
        raise OptionError(f"batches are as large as they come (got batch_size={batch_size}); leave batch_size out")
    if options.validation is not None:
        raise OptionError(
            f"no part of batches can be held out (got validation={options.validation}); "
            "give validation data: batches, a split, or (x, y)"
        )


def _as_batches(given: Any) -> Batches:
    return given if isinstance(given, Batches) else Batches(given)


def _gives_batches(given: Any) -> bool:
    """Return whether `given` gives batches. Arrays and tables, which have a shape, can be gone through as well."""
    if isinstance(given, (Split, str, bytes, Mapping)) or hasattr(given, "shape") or is_frame(given):
        return False
    return isinstance(given, Batches) or hasattr(given, "__iter__") or callable(given)


def _is_pair(given: Any) -> bool:
    """Return whether `given` is ``(x, y)`` or ``(x, y, weights)``, and not a list of such or of splits."""
    is_of_arrays = isinstance(given, (tuple, list)) and len(given) > 0 and not isinstance(given[0], (tuple, Split))
    return is_of_arrays and (len(given) == 2 or (isinstance(given, tuple) and len(given) == 3))


def _check_is_loaded(given: Any, name: str) -> None:
    """Raise `DataError` for a dataset where one of its splits is wanted."""
    if isinstance(given, Dataset):
        raise DataError(f"{name} is a dataset of several splits; give one of them: data.train")
    if isinstance(given, DataSource) or (isinstance(given, type) and issubclass(given, DataSource)):
        call = f"gn.datasets.{given.title()}().load()"
        raise DataError(f"{name} is a dataset that is not loaded; give one of its splits: data = {call}; data.train")


def _check_is_one_array(given: Any, name: str, *, len_of: Any = None, expected: Shape | None = None) -> None:
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
