"""Recipes: what a dataset says about how it is learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import glassnet as gn


class Recipe:
    """A network and a way to train it, in names and specs.

    Nothing is looked up before it is used: data can be loaded where a component of their recipe is missing.

    Parameters
    ----------
    layers
        The network.
    settings
        Options of `Experiment` other than the dataset.
    """

    def __init__(self, *, layers: Sequence[str], **settings: Any) -> None:
        self.layers = tuple(layers)
        self._settings = settings

    @property
    def options(self) -> gn.ReadOnly:
        """Everything that the recipe says; `replace` changes it."""
        return gn.ReadOnly({"layers": self.layers, **self._settings})

    def replace(self, **changes: Any) -> Recipe:
        """Return a recipe in which some things are otherwise."""
        return Recipe(**{**self.options, **changes})

    def training(self) -> dict[str, Any]:
        """Return the options that `Network.fit` takes."""
        return {name: value for name, value in self._settings.items() if name != "dtype"}
