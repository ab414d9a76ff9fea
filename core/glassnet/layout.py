"""Where each parameter lies in the network's one vector."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from glassnet.aligned import aligned
from glassnet.arrays import Array
from glassnet.initializer import Initializer
from glassnet.parameter import Parameter, ParameterTree
from glassnet.randomness import stream
from glassnet.registry import create


@attrs.frozen
class Piece:
    """One parameter's place: ``vector[start:stop]``, under a name such as ``1.weights``."""

    name: str
    parameter: Parameter
    start: int

    @property
    def initializer(self) -> Initializer:
        """What gives the parameter its first values."""
        made: Initializer = create("initializer", self.parameter.initializer or self.parameter.fallback)
        return made

    @property
    def stop(self) -> int:
        """The first index behind the parameter."""
        return self.start + self.parameter.size

    def of(self, vector: Array) -> Array:
        """Return the parameter's part of `vector`, in its own shape, as a live view."""
        return vector[self.start : self.stop].reshape(self.parameter.shape)


class Layout:
    """The pieces of a vector, in the order of the layers."""

    def __init__(self, tree: ParameterTree) -> None:
        self.pieces: list[Piece] = []
        self.size = 0
        self._tree = self._place(tree, "")

    def _place(self, tree: ParameterTree, prefix: str) -> dict[str, Any]:
        placed: dict[str, Any] = {}
        for name, branch in tree.items():
            if isinstance(branch, Parameter):
                placed[name] = piece = Piece(prefix + name, branch, self.size)
                self.pieces.append(piece)
                self.size = piece.stop
            else:
                placed[name] = self._place(branch, f"{prefix}{name}.")
        return placed

    def views(self, vector: Array) -> dict[str, Any]:
        """Return views of `vector`, nested as the layers nest them."""

        def view(branch: Any) -> Any:
            if isinstance(branch, Piece):
                return branch.of(vector)
            return {name: view(below) for name, below in branch.items()}

        nested: dict[str, Any] = view(self._tree)
        return nested

    def named(self, vector: Array) -> dict[str, Array]:
        """Return views of `vector` by full name."""
        return {piece.name: piece.of(vector) for piece in self.pieces}

    def initialize(self, dtype: np.dtype[np.floating], seed: int) -> Array:
        """Return a new vector in which each parameter has its first values."""
        vector = aligned(self.size, dtype)
        for piece in self.pieces:
            rng = stream(seed, f"initialize {piece.name}")
            piece.of(vector)[...] = piece.initializer.sample(piece.parameter.shape, *piece.parameter.fans, rng)
        return vector
