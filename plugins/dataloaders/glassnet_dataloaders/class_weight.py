"""How the weights of classes can be given: by label, in the order of the labels, or balanced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.components.dataset import Split
from glassnet.data.conversion import as_array
from glassnet.data.weights import class_labels
from glassnet.errors import DataError, OptionError
from glassnet.types import Shape
from glassnet_dataloaders.batches import Batches
from glassnet_dataloaders.memmap import pieces


def as_class_weight(given: Any, data: Split | Batches, output_shape: Shape) -> dict[int, float] | None:
    """Return a weight for each label.

    Parameters
    ----------
    given
        None, a mapping from label to weight, weights in the order of the labels, or ``"balanced"``.
    data
        The data that are trained on, in which ``"balanced"`` counts the samples of each class.
    output_shape
        The shape of one output of the network, which has a number for each class, or one number for two classes.

    Raises
    ------
    OptionError, DataError
        If the weights are none of these, or do not fit the classes.
    """
    if given is None:
        return None
    if isinstance(given, str):
        return _balanced(given, data)
    if isinstance(given, Mapping):
        return {_label(label): _weight(weight, label) for label, weight in given.items()}
    weights = as_array(given, "class_weight")
    classes = max(2, output_shape[-1]) if output_shape else 2
    if weights.shape != (classes,):
        raise DataError(
            f"class_weight has shape {weights.shape}, and there are {classes} classes; "
            f"give {classes} weights in the order of the labels, or a dictionary: {{0: 1.0, 1: 5.0}}"
        )
    return dict(enumerate(weights.tolist()))


def _balanced(given: str, data: Split | Batches) -> dict[int, float]:
    """Return ``samples / (classes * samples of the class)`` for each class that has samples."""
    if given != "balanced":
        raise OptionError(
            f"class_weight={given!r} does not exist; write class_weight='balanced', or {{0: 1.0, 1: 5.0}}"
        )
    if isinstance(data, Batches):
        raise DataError(
            "class_weight='balanced' counts the samples before training, which batches do not allow; "
            "give the weights: {0: 1.0, 1: 5.0}"
        )
    counts: Counter[float] = Counter()
    for piece in pieces(data.y):
        labels, found = np.unique(class_labels(np.asarray(data.y[piece])), return_counts=True)
        if (labels % 1 != 0).any():
            raise DataError(
                f"class_weight='balanced' needs labels, and y has {labels[labels % 1 != 0][0]}; "
                "give integers from 0, or leave class_weight out"
            )
        counts.update(dict(zip(labels.tolist(), found.tolist(), strict=True)))
    return {int(label): counts.total() / (len(counts) * count) for label, count in counts.items()}


def _label(label: Any) -> int:
    if isinstance(label, (int, float, np.integer, np.floating, np.bool_)) and float(label).is_integer():
        return int(label)
    raise OptionError(f"class_weight has the label {label!r}; labels are integers: {{0: 1.0, 1: 5.0}}")


def _weight(weight: Any, label: Any) -> float:
    try:
        return float(weight)
    except (TypeError, ValueError):
        raise OptionError(f"class_weight of class {label} is {weight!r}; give a number >= 0") from None
