"""How much each sample counts: weights of samples and of classes.

One rule holds wherever a network is measured. Weights of samples say how much each of them counts: in the loss and in
the metrics, in training, validation and evaluation. Weights of classes say what training is to attend to. They count in
the loss of the data that they are given with, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from glassnet.errors import DataError, OptionError
from glassnet.registry.plugins import plugin_hooks
from glassnet.types import Array, Shape


class ClassWeights(Protocol):
    """How much the samples of each class count in the loss."""

    @property
    def by_class(self) -> Mapping[int, float]:
        """The weight of each class, by its label."""

    def times(self, weights: Array | None, y: Array) -> Array:
        """Return the weights in the loss of samples with these targets, and with weights of their own or None."""

    def of_unchecked(self, weights: Array | None, y: Array) -> Array:
        """Return the same for targets that were not checked; raise `DataError` if a class has no weight."""


def make_class_weights(given: Any, data: Any, output_shape: Shape) -> ClassWeights | None:
    """Return what `fit` was given as ``class_weight``, as a plugin reads it.

    Parameters
    ----------
    given
        Weights of classes in any form, or None.
    data
        The loader of the data that the weights are for.
    output_shape
        The shape of one output of the network.

    Raises
    ------
    OptionError, DataError
        If there are weights, and they do not fit the classes or no plugin reads them.
    """
    if given is None:
        return None
    read: ClassWeights | None = plugin_hooks().glassnet_class_weights(
        class_weight=given, data=data, output_shape=output_shape
    )
    if read is None:
        raise OptionError("class_weight needs a plugin that is switched off; weigh the samples: sample_weight=…")
    return read


def no_weight(name: str, *, masked: bool = False) -> str:
    """Return the message for data in which no sample counts.

    Parameters
    ----------
    name
        What to call the data, with a space behind it.
    masked
        Whether a mask leaves padded time steps out.
    """
    if masked:
        return (
            "no time step counts: all time steps are padding, or the weights of their samples are 0; "
            "give samples with real steps"
        )
    return f"all {name}weights are 0, so no sample counts; give at least one sample a weight above 0"


def check_weights(weights: Array) -> None:
    """Raise `DataError` if a weight is negative or not finite, or their sum is not finite."""
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError(f"weights must be finite and >= 0 (got {weights.min()} to {weights.max()})")
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(total):
        raise DataError(
            f"weights are too large: their sum is {total} (the largest is {weights.max()}); scale them down"
        )


def check_total(weights: Array, name: str) -> None:
    """Raise `DataError` if all samples have weight 0, or weights of samples and classes multiply to infinity."""
    check_weights(weights)
    if not weights.any():
        raise DataError(no_weight(name))
