"""What `fit` and `evaluate` were given: arrays or batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassnet.arrays import Shape
from glassnet.batches import Batches, in_batch
from glassnet.data import as_split, check_inputs
from glassnet.dataset import Split
from glassnet.errors import DataError, OptionError
from glassnet.on_disk import is_on_disk

if TYPE_CHECKING:
    from glassnet.experiment import Training


def given_data(x: Any, y: Any = None) -> Split | Batches:
    """Return ``x, y``, a split, or anything that gives batches as a split or as `Batches`."""
    if isinstance(x, Batches) and y is not None:
        raise DataError("got batches and also y; their targets come with them, so leave y out")
    if y is None and _gives_batches(x):
        return x if isinstance(x, Batches) else Batches(x)
    return as_split(x, y)


def given_validation(validation: Any) -> Split | Batches | None:
    """Return the data in what `fit` was given as `validation`; None where it is a fraction, or nothing."""
    if _is_pair(validation):
        return as_split(*validation)
    return given_data(validation) if isinstance(validation, Split) or _gives_batches(validation) else None


def sample_shape(data: Split | Batches) -> Shape:
    """Return the shape of one sample; what cannot be trained on is refused before a network is built for it."""
    if isinstance(data, Batches):
        first = data.first()
        with in_batch(0):
            check_inputs(first.x, None)
        return first.x.shape[1:]
    if not is_on_disk(data.x):  # to look at all of a file takes long, and is done once the network is there
        check_inputs(data.x, None)
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


def _gives_batches(given: Any) -> bool:
    """Return whether `given` gives batches. Arrays and tables, which have a shape, can be gone through as well."""
    if isinstance(given, (Split, str)) or hasattr(given, "shape"):
        return False
    return isinstance(given, Batches) or hasattr(given, "__iter__") or callable(given)


def _is_pair(given: Any) -> bool:
    """Return whether `given` is ``(x, y)``, and not a list of such or of splits."""
    return isinstance(given, (tuple, list)) and len(given) == 2 and not isinstance(given[0], (tuple, Split))
