"""The structure of a model: its layers, and the arrays that are made for them."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.components.attributes import ExplainsAttributes
from glassnet.components.component import is_derived
from glassnet.components.context import Context
from glassnet.components.layer import Layer
from glassnet.errors import NotBuiltError, OptionError
from glassnet.model.layer_list import layer_list
from glassnet.model.named_arrays import NamedArrays, named_arrays
from glassnet.model.parameter_vector import ParameterLayout
from glassnet.model.sequential import LayerSequence
from glassnet.model.sharing import joined, shared_layers
from glassnet.registry.explained import explained
from glassnet.registry.plugins import check_memory, executor
from glassnet.support.aligned import aligned
from glassnet.support.fixed import refuse_fixed
from glassnet.support.random import Counts
from glassnet.types import Array, Shape


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
    is_derived: bool
    dtype: np.dtype[np.floating]
    shapes: tuple[Shape, ...]
    layout: ParameterLayout
    parameter_views: NamedArrays
    counts: Counts
    _vector: Array
    _parameters: NamedArrays
    _state: NamedArrays
    _idle: list[Context]
    _at_work: threading.Lock

    @explained
    def __init__(self, layers: str | Sequence[str | Layer]) -> None:
        _ = executor().num_threads  # a wrong GLASSNET_THREADS shows before there is a run
        made = layer_list(layers)
        vars(self).update(layers=made, sequence=LayerSequence(made), counts=Counts(), _at_work=threading.Lock())
        vars(self).update(is_derived=any(map(is_derived, made)))  # each fit asks
        self._input_shape: Shape | None = None

    def __repr__(self) -> str:
        told = "".join(f"  # {each}" for each in shared_layers(self.layers))
        return f"{type(self).__name__}([{', '.join(repr(repr(layer)) for layer in self.layers)}]){told}"

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            refuse_fixed(type(self), name)
        object.__setattr__(self, name, value)

    def allocate(self, shape: Shape, dtype: np.dtype[np.floating], vectors: int = 1) -> None:
        """Make all arrays for samples of `shape`; the parameters have arbitrary values.

        Raises
        ------
        OutOfMemoryError
            If no memory is left for this number of vectors of parameters, or for the outputs of one sample.
        """
        shared = shared_layers(self.layers)
        layout = ParameterLayout(self.sequence.parameters(shape), shared)
        if layout.gradient_size * dtype.itemsize > sys.maxsize:
            raise OptionError(
                f"the layers have {layout.size:,} parameters, more than any memory holds; give smaller ones"
            )
        check_memory(
            vectors * layout.size * dtype.itemsize,
            f"a network of {layout.size:,} parameters",
            "give smaller layers or smaller samples",
        )
        shapes = tuple(self.sequence.shapes(shape))
        largest = max(map(math.prod, shapes))
        check_memory(
            largest * dtype.itemsize,
            f"one sample, which a layer turns into {largest:,} values,",
            "give smaller layers or smaller samples",
        )
        state = joined(self.sequence.state(shape), shared, _difference_of_state)
        vector = aligned(layout.size, dtype)
        vars(self).update(
            dtype=dtype,
            shapes=shapes,
            layout=layout,
            parameter_views=layout.views(vector),
            _vector=vector,
            _parameters=layout.named(vector),
            _state=named_arrays(state, "state array", finite=False, array=np.array),
            _input_shape=shape,
            _idle=[],
        )
        for computed in ("_gradients", "_gradients_of_places", "gradient_views"):
            vars(self).pop(computed, None)

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


def _difference_of_state(one: Array, other: Array) -> str | None:
    """Return what keeps two first values of a state array from being one."""
    return None if np.shape(one) == np.shape(other) else f"shapes {np.shape(one)} and {np.shape(other)}"
