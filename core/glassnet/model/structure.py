"""The structure of a model: its layers, and the arrays that are made for them."""

from __future__ import annotations

import math
import operator
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.components.attributes import ExplainsAttributes
from glassnet.components.context import Loan
from glassnet.components.layer import Arrays, Layer
from glassnet.components.services import check_memory, executor, explained, preparation
from glassnet.errors import FixedError, NotBuiltError, OptionError, ShapeError, SpecError, WrongKindError
from glassnet.model.parameter_vector import ParameterLayout, array_access, mapped
from glassnet.model.sequential import LayerSequence
from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import create
from glassnet.registry.spec import split_specs
from glassnet.support.random import Counts
from glassnet.types import Array, Shape, aligned


class Structure(ExplainsAttributes):
    """Layers that feed each other, and the arrays for their parameters and state.

    Parameters
    ----------
    layers
        Names, specs or instances of layers and activations, or all of them in one text with spaces between.
    """

    # What is set once, by __init__ and build: plain attributes, since training reads them in each step.
    layers: tuple[Layer, ...]
    sequence: LayerSequence
    dtype: np.dtype[np.floating]
    shapes: tuple[Shape, ...]
    layout: ParameterLayout
    parameter_views: Arrays
    counts: Counts
    _vector: Array
    _parameters: Arrays
    _state: Arrays
    _idle: list[Loan]
    _prepared_layers: tuple[Any, LayerSequence]
    _last_sequence: LayerSequence
    _at_work: threading.Lock

    @explained
    def __init__(self, layers: str | Sequence[str | Layer]) -> None:
        _ = executor().num_threads  # a wrong GLASSNET_THREADS shows before there is a run
        made = layer_list(layers)
        vars(self).update(layers=made, sequence=LayerSequence(made), counts=Counts(), _at_work=threading.Lock())
        self._input_shape: Shape | None = None
        self._prepared_layers, self._last_sequence = (None, self.sequence), self.sequence

    @property
    def prepared_sequence(self) -> LayerSequence:
        """The layers as `evaluate` and `predict` run them: each one, or a plugin's faster replacement for it."""
        prepare = preparation()()
        prepared_by, sequence = self._prepared_layers
        if prepare is not prepared_by:
            sequence = self.sequence if prepare is None else LayerSequence([prepare(layer) for layer in self.layers])
            self._prepared_layers = prepare, sequence
        return sequence

    def sequence_of(self, layers: Sequence[Layer]) -> LayerSequence:
        """Return layers, such as replacements of the network's, in order; the last ones asked for are kept."""
        for known in (self.sequence, self._last_sequence):
            if len(layers) == len(known.members) and all(map(operator.is_, layers, known.members)):
                return known
        self._last_sequence = LayerSequence(layers)
        return self._last_sequence

    def __repr__(self) -> str:
        remarks = plugin_hooks().glassnet_remarks(layers=self.layers)
        told = "".join(f"  # {each}" for found in remarks for each in found)
        return f"{type(self).__name__}([{', '.join(repr(repr(layer)) for layer in self.layers)}]){told}"

    def __setattr__(self, name: str, value: Any) -> None:
        found = getattr(type(self), name, None)
        is_read_only = isinstance(found, property | cached_property) and getattr(found, "fset", None) is None
        is_set_once = name in Structure.__annotations__ or is_read_only
        # A class that a user derives may have further attributes.
        is_unknown = not hasattr(type(self), name) and type(self).__module__.startswith("glassnet.")
        if not name.startswith("_") and (is_set_once or is_unknown):
            told = plugin_hooks().glassnet_fixed_attribute(name=name, exists=is_set_once)
            raise FixedError(told or f"the {name} of a network cannot be set; make a new network")
        object.__setattr__(self, name, value)

    def allocate(self, shape: Shape, dtype: np.dtype[np.floating], vectors: int = 1) -> None:
        """Make all arrays for samples of `shape`; the parameters have arbitrary values.

        Raises
        ------
        OutOfMemoryError
            If no memory is left for this number of vectors of parameters, or for the outputs of one sample.
        """
        layout, shapes = self.layout_for(shape), tuple(self.sequence.shapes(shape))
        _check_sizes(vectors * layout.size, layout, max(map(math.prod, shapes)), dtype)
        state = self.sequence.state(shape)
        joined = plugin_hooks().glassnet_join(layers=self.layers, tree=state)
        vector = aligned(layout.size, dtype)
        arrays = array_access().named(mapped(state if joined is None else joined, np.array), "state array")
        vars(self).update(dtype=dtype, shapes=shapes, layout=layout, _input_shape=shape, _idle=[], _vector=vector)
        vars(self).update(parameter_views=layout.views(vector), _parameters=layout.named(vector), _state=arrays)
        for computed in ("_gradients", "_gradients_of_places", "gradient_views"):
            vars(self).pop(computed, None)

    def layout_for(self, shape: Shape) -> ParameterLayout:
        """Return where the parameters are for samples of `shape`."""
        tree = self.sequence.parameters(shape)
        found: ParameterLayout | None = plugin_hooks().glassnet_layout(layers=self.layers, tree=tree)
        return ParameterLayout(tree) if found is None else found

    @property
    def is_built(self) -> bool:
        """Whether the network has parameters."""
        return self._input_shape is not None

    @property
    def input_shape(self) -> Shape:
        """Shape of one input sample."""
        if self._input_shape is None:
            raise NotBuiltError("the network has no parameters yet; call build(input_shape) or fit() first")
        return self._input_shape

    @property
    def output_shape(self) -> Shape:
        """Shape of one sample's output."""
        _ = self.input_shape
        return self.shapes[-1]

    @property
    def integer_input(self) -> bool:
        """Whether the first layer takes integers as they are."""
        return bool(self.layers) and self.sequence.layers[0].integer_input


def layer_list(layers: Any) -> tuple[Layer, ...]:
    """Return the layers that `layers` names.

    Raises
    ------
    SpecError, WrongKindError
        If `layers` is empty, or neither a list nor a text.
    """
    return tuple(create("layer", each) for each in _listed(layers))


def _listed(layers: Any) -> list[Any]:
    """Return what a network was given as a list of names, specs and instances."""
    if isinstance(layers, Mapping) or not isinstance(layers, Iterable):
        raise WrongKindError(
            f"a network takes a list of layers, or their specs in one text, got {layers!r}; "
            "write gn.Network(['dense(8)', 'relu', 'dense(1)'])"
        )
    listed = split_specs(layers) if isinstance(layers, str) else list(layers)
    if not listed:
        raise SpecError("a network needs at least one layer (got none); write gn.Network('dense(8) relu dense(1)')")
    return listed


def _check_sizes(values: int, layout: ParameterLayout, largest: int, dtype: np.dtype[np.floating]) -> None:
    """Raise an error if there is no memory for the parameters, or for the largest output of one sample."""
    if layout.gradient_size * dtype.itemsize > sys.maxsize:
        raise OptionError(f"the layers have {layout.size:,} parameters, more than any memory holds; give smaller ones")
    advice = "give smaller layers or smaller samples"
    check_memory(values * dtype.itemsize, f"a network of {layout.size:,} parameters", advice)
    check_memory(largest * dtype.itemsize, f"one sample, which a layer turns into {largest:,} values,", advice)


def checked_shape(given: Any) -> Shape:
    """Return the shape of a sample as a tuple; ``5`` means ``(5,)``.

    Raises
    ------
    ShapeError
        If it holds something else than whole numbers from 1 on.
    """
    lengths = (given,) if isinstance(given, (int, np.integer)) else given
    if isinstance(lengths, Iterable) and not isinstance(lengths, (str, bytes)):
        shape = tuple(lengths)
        if all(_is_whole(length) and length > 0 for length in shape):
            return tuple(map(int, shape))
    raise ShapeError(
        f"input_shape is {given!r}; give the shape of one sample without the batch, in whole numbers: (28, 28, 1)"
    )


def checked_dtype(given: Any) -> np.dtype[np.floating]:
    """Return the precision of a network, or raise `OptionError` if there is none of that name."""
    for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
        if given is not None and dtype == given:
            return dtype
    raise OptionError(f"dtype must be 'float32' or 'float64' (got {given!r})")


def checked_seed(given: Any) -> int:
    """Return a seed, or raise `OptionError` if it is not a whole number from 0 on."""
    if not _is_whole(given) or given < 0:
        raise OptionError(f"seed must be a whole number >= 0 (got {given!r})")
    return int(given)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
