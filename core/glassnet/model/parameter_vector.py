"""The position of each parameter in the network's one vector."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from glassnet.components.component import wrong_result
from glassnet.components.layer import Arrays
from glassnet.components.parameter import Initializer, Parameter, ParameterTree
from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import create
from glassnet.support.random import stream
from glassnet.types import Array, aligned


class ArrayAccess:
    """How arrays are named and assigned to. Here names are read-only; a plugin's subclass checks what is assigned."""

    def named(self, tree: Arrays, what: str) -> Any:
        """Return nested arrays by name; `what` is ``"parameter"``, ``"gradient"`` or ``"state array"``."""
        return MappingProxyType(
            {name: self.named(each, what) if isinstance(each, dict) else each for name, each in tree.items()}
        )

    def assign(self, target: Any, values: Any, name: str, *, finite: bool = True) -> None:
        """Copy values into an array called `name`, or into all arrays of a tree."""
        if not isinstance(target, Mapping):
            target[...] = values
            return
        for name, array in target.items():
            self.assign(array, values[name], name)


@cache
def array_access() -> ArrayAccess:
    """Return the answer to the hook `glassnet_array_access`, or access to names that are read-only."""
    return plugin_hooks().glassnet_array_access() or ArrayAccess()


def mapped(tree: Mapping[str, Any], function: Callable[[Any], Any]) -> Arrays:
    """Return a tree with `function` of each leaf; a branch that occurs twice stays one object."""
    made: dict[int, Arrays] = {}

    def of(branch: Any) -> Any:
        if not isinstance(branch, Mapping):
            return function(branch)
        if id(branch) not in made:
            made[id(branch)] = {name: of(below) for name, below in branch.items()}
        return made[id(branch)]

    of(tree)
    return made[id(tree)]


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
    """The slices of a vector, in the order of the layers.

    Where layers share parameters, a plugin's subclass has longer vectors of gradients, which `add_up` brings together.

    Attributes
    ----------
    slices
        One for each parameter.
    size, gradient_size
        Lengths of a vector of parameters, and of one of gradients.
    """

    def __init__(self, tree: ParameterTree) -> None:
        self._tree = self._placed(tree)
        self.slices = list(dict.fromkeys(self.leaves()))
        self.size = self.gradient_size = sum(slice_.parameter.size for slice_ in self.slices)

    def leaves(self) -> Iterator[ParameterSlice]:
        """Yield the slice of each place in the order of the layers; one in several places comes as often."""
        return _leaves(self._tree)

    def _placed(self, tree: ParameterTree) -> dict[str, Any]:
        """Return the tree with a slice for each parameter; a branch that occurs twice stays one object."""
        placed: dict[int, dict[str, Any]] = {}
        size = 0

        def place(branch: ParameterTree, prefix: str) -> dict[str, Any]:
            nonlocal size
            if id(branch) in placed:
                return placed[id(branch)]
            slices: dict[str, Any] = {}
            for name, below in branch.items():
                if isinstance(below, Parameter):
                    slices[name] = ParameterSlice(prefix + name, below, size, size + below.size)
                    size += below.size
                else:
                    slices[name] = place(below, f"{prefix}{name}.")
            placed[id(branch)] = slices
            return slices

        return place(tree, "")

    def views(self, vector: Array) -> Arrays:
        """Return views of `vector`, nested as the layers nest them."""
        views: Arrays = array_access().named(mapped(self._tree, lambda slice_: slice_.view(vector)), "parameter")
        return views

    def gradient_views(self, gradients: Array) -> Arrays:
        """Return views of a vector of `gradient_size`, nested as the layers nest them: one for each place."""
        views = (slice_.view(gradients) for slice_ in self.leaves())
        return self.nested_gradients(views)

    def nested_gradients(self, views: Iterator[Array]) -> Arrays:
        """Return `views`, one for each of `leaves`, nested as the layers nest them."""

        def nest(branch: Any) -> Any:
            if isinstance(branch, ParameterSlice):
                return next(views)
            return {name: nest(below) for name, below in branch.items()}

        nested: Arrays = array_access().named(nest(self._tree), "gradient")
        return nested

    def add_up(self, gradients: Array) -> None:
        """Add the gradients of a parameter's further places to those of its first: here, it has one place."""

    def named(self, vector: Array) -> Arrays:
        """Return views of `vector` by full name."""
        views: Arrays = array_access().named({slice_.name: slice_.view(vector) for slice_ in self.slices}, "parameter")
        return views

    def initialize(self, dtype: np.dtype[np.floating], seed: int) -> Array:
        """Return a new vector in which each parameter has its first values."""
        vector = aligned(self.size, dtype)
        for slice_ in self.slices:
            shape, rng = slice_.parameter.shape, stream(seed, f"initialize {slice_.name}")
            values = slice_.view(vector)[...] = slice_.initializer.sample(shape, *slice_.parameter.fans, rng)
            if np.shape(values) != shape:
                raise wrong_result(slice_.initializer, "sample", values, f"shape {shape}")
        return vector


def _leaves(branch: Any) -> Iterator[ParameterSlice]:
    if isinstance(branch, ParameterSlice):
        yield branch
    else:
        for below in branch.values():
            yield from _leaves(below)
