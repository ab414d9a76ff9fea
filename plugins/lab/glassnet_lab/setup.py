"""A setup: everything that one training of the laboratory consists of, to be changed by a fault."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

import glassnet as gn


@attrs.define
class Setup:
    """Layers, data and options of one training.

    Attributes
    ----------
    layers
        Specs.
    train, test
        The data.
    options
        What `Network.fit` is given.
    task
        ``"classes"``, ``"yes or no"`` or ``"values"``.
    seed
        Where the first parameters and the batches come from.
    change_built
        What is done to the network before it is trained.
    """

    layers: list[str]
    train: gn.Split
    test: gn.Split
    options: dict[str, Any]
    task: str
    seed: int = 0
    change_built: Callable[[gn.Network], None] | None = None

    def build(self) -> gn.Network:
        """Return the network before its training."""
        network = gn.Network(self.layers).build(self.train.x.shape[1:], seed=self.seed)
        if self.change_built is not None:
            self.change_built(network)
        return network

    def fit(self, network: gn.Network, **further: Any) -> None:
        """Train the network, quietly; a training that diverges ends."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                network.fit(self.train, seed=self.seed, progress=False, **self.options, **further)
            except gn.NonFiniteError:
                return

    def dense_layers(self) -> list[int]:
        """Return the places of the layers with weights."""
        return [place for place, spec in enumerate(self.layers) if spec.startswith(("dense", "conv2d"))]

    def with_option(self, place: int, option: str) -> None:
        """Add an option to the spec of a layer."""
        self.layers[place] = f"{self.layers[place].removesuffix(')')}, {option})"

    def map_inputs(self, change: Callable[[gn.Array], gn.Array], *, test_too: bool = True) -> None:
        """Change the inputs."""
        self.train = gn.Split(change(self.train.x).astype(np.float32), self.train.y)
        if test_too:
            self.test = gn.Split(change(self.test.x).astype(np.float32), self.test.y)

    def map_targets(self, change: Callable[[gn.Array], gn.Array], *, test_too: bool = False) -> None:
        """Change the targets."""
        self.train = gn.Split(self.train.x, change(np.asarray(self.train.y)))
        if test_too:
            self.test = gn.Split(self.test.x, change(np.asarray(self.test.y)))
