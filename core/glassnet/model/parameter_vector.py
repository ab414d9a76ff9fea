"""The position of each parameter in the network's one vector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from glassnet.components.parameter import Initializer, Parameter, ParameterTree
from glassnet.model.named_arrays import Gradients, NamedArrays, named_arrays
from glassnet.registry.registry import create
from glassnet.support.aligned import aligned
from glassnet.support.random import stream
from glassnet.types import Array


@attrs.frozen(eq=False)
class ParameterSlice:
    """One parameter's place: ``vector[start:stop]``, under a name such as ``1.weights``."""

    name: str
    parameter: Parameter
    start: int
    stop: int

    @property
    def initializer(self) -> Initializer:
        """What gives the parameter its first values."""
        made: Initializer = create("initializer", self.parameter.initializer or self.parameter.default_initializer)
        return made

    def view(self, vector: Array) -> Array:
        """Return the parameter's part of `vector`, in its own shape, as a live view."""
        return vector[self.start : self.stop].reshape(self.parameter.shape)


class ParameterLayout:
    """The pieces of a vector, in the order of the layers.

    Where layers share parameters, a plugin's subclass has longer vectors of gradients, which `add_up` brings together.

    Attributes
    ----------
    pieces
        One for each parameter.
    size, gradient_size
        Lengths of a vector of parameters, and of one of gradients.
    """

    def __init__(self, tree: ParameterTree) -> None:
        self._tree = self._placed(tree)
        self.pieces = list(dict.fromkeys(self.leaves()))
        self.size = self.gradient_size = sum(piece.parameter.size for piece in self.pieces)

    def leaves(self) -> Iterator[ParameterSlice]:
        """Yield the piece of each place in the order of the layers; one in several places comes as often."""
        return _leaves(self._tree)

    def _placed(self, tree: ParameterTree) -> dict[str, Any]:
        """Return the tree with a piece for each parameter; a branch that occurs twice stays one object."""
        placed: dict[int, dict[str, Any]] = {}
        size = 0

        def place(branch: ParameterTree, prefix: str) -> dict[str, Any]:
            nonlocal size
            if id(branch) in placed:
                return placed[id(branch)]
            pieces: dict[str, Any] = {}
            for name, below in branch.items():
                if isinstance(below, Parameter):
                    pieces[name] = ParameterSlice(prefix + name, below, size, size + below.size)
                    size += below.size
                else:
                    pieces[name] = place(below, f"{prefix}{name}.")
            placed[id(branch)] = pieces
            return pieces

        return place(tree, "")

    def views(self, vector: Array) -> NamedArrays:
        """Return views of `vector`, nested as the layers nest them."""
        return named_arrays(self._tree, "parameter", finite=True, array=lambda piece: piece.view(vector))

    def gradient_views(self, gradients: Array) -> NamedArrays:
        """Return views of a vector of `gradient_size`, nested as the layers nest them: one for each place."""
        views = (piece.view(gradients) for piece in self.leaves())
        return self.nested_gradients(views)

    def nested_gradients(self, views: Iterator[Array]) -> NamedArrays:
        """Return `views`, one for each of `leaves`, nested as the layers nest them."""

        def nest(branch: Any) -> Any:
            if isinstance(branch, ParameterSlice):
                return next(views)
            return Gradients({name: nest(below) for name, below in branch.items()}, "gradient", finite=False)

        nested: NamedArrays = nest(self._tree)
        return nested

    def add_up(self, gradients: Array) -> None:
        """Add the gradients of a parameter's further places to those of its first: here, it has one place."""

    def named(self, vector: Array) -> NamedArrays:
        """Return views of `vector` by full name."""
        return NamedArrays({piece.name: piece.view(vector) for piece in self.pieces}, "parameter", finite=True)

    def initialize(self, dtype: np.dtype[np.floating], seed: int) -> Array:
        """Return a new vector in which each parameter has its first values."""
        vector = aligned(self.size, dtype)
        for piece in self.pieces:
            rng = stream(seed, f"initialize {piece.name}")
            piece.view(vector)[...] = piece.initializer.sample(piece.parameter.shape, *piece.parameter.fans, rng)
        return vector


def _leaves(branch: Any) -> Iterator[ParameterSlice]:
    if isinstance(branch, ParameterSlice):
        yield branch
    else:
        for below in branch.values():
            yield from _leaves(below)
