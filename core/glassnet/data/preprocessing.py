"""Preprocessing: what a network does to the rows that users give, before its first layer and behind its last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from glassnet.components.dataset import Split
from glassnet.registry.plugins import plugin_hooks
from glassnet.types import Array


class Preprocessing(Protocol):
    """Turns rows into samples, and outputs into answers. It belongs to a network, and is saved with it.

    Attributes
    ----------
    name
        The name under which a plugin makes it again, see the hook `glassnet_preprocessing`.
    """

    name: str

    def is_for(self, x: Any) -> bool:
        """Return whether `x` are rows, and not samples that the network reads as they are."""

    def samples(self, x: Any) -> Array:
        """Return the samples for some rows, ``(rows, *input_shape)``."""

    def split(self, x: Any, y: Any = None) -> Split:
        """Return samples and targets for some rows; the targets are `y`, or in the rows."""

    def in_units(self, values: Array) -> Array:
        """Return outputs or targets, ``(rows, *output_shape)``, in the units in which metrics count them."""

    def answers(self, outputs: Array) -> Array:
        """Return what `Network.predict` answers for rows."""

    def shown(self) -> Any:
        """Return a table of rich of what is done to the rows."""

    def described(self) -> dict[str, Any]:
        """Return plain values that, with `arrays`, make it again."""

    def arrays(self) -> dict[str, Array]:
        """Return the fitted arrays by name."""


@attrs.frozen
class Prepared:
    """What a plugin made of the rows that `fit` was given.

    Attributes
    ----------
    train
        The samples to train on, with their preprocessing.
    validation
        What is held out to validate; None if there is nothing.
    defaults
        Options of `fit` that follow from the rows, such as the loss, where none are given.
    """

    train: Split
    validation: Any = None
    defaults: Mapping[str, Any] = attrs.field(factory=dict)


def prepared(network: Any, x: Any, y: Any, target: str | None, validation: Any, seed: int) -> Prepared | None:
    """Return what a plugin makes of some rows; None if no plugin reads them."""
    made: Prepared | None = plugin_hooks().glassnet_prepare_rows(
        network=network, x=x, y=y, target=target, validation=validation, seed=seed
    )
    return made
