"""Loaders of arrays in memory, for splits and for what `fit` takes as validation data."""

from __future__ import annotations

from typing import Any

from glassnet.data.array_loader import ArrayLoader
from glassnet.data.loader import DataLoader, make_loader
from glassnet.errors import DataError, ShapeError
from glassnet_splits.row_labels import check_order
from glassnet_splits.split import Split, as_split, weighted


def array_loader(x: Any, y: Any, sample_weight: Any) -> ArrayLoader:
    """Return a loader of a split, or of samples and targets."""
    check_order(x, sample_weight, "sample_weight")
    split = weighted(as_split(x, y), sample_weight)
    return ArrayLoader(split.x, split.y, split.weights, split.columns)


def validation_loader(given: Any, epochs: int) -> DataLoader:
    """Return a loader of what `fit` was given as `validation`: a split, ``(x, y)``, ``(x, y, weights)`` or batches."""
    try:
        if is_pair(given):
            x, y, *weights = given
            return make_loader(x, y, sample_weight=weights[0] if weights else None, epochs=epochs)
        if hasattr(given, "shape"):
            raise DataError(
                f"a {type(given).__name__} has no targets; "
                "give (x, y), (x, y, weights), a split, batches, or a fraction such as 0.2"
            )
        return make_loader(given, epochs=epochs)
    except (DataError, ShapeError) as error:
        raise type(error)(f"validation: {error}") from None


def is_pair(given: Any) -> bool:
    """Return whether `given` is ``(x, y)`` or ``(x, y, weights)``, and not a list of such or of splits."""
    is_of_arrays = isinstance(given, (tuple, list)) and len(given) > 0 and not isinstance(given[0], (tuple, Split))
    return is_of_arrays and (len(given) == 2 or (isinstance(given, tuple) and len(given) == 3))
