"""The model: layers one after another, all their parameters in one vector, and their state."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from copy import deepcopy
from functools import cached_property
from typing import Any, Self

import numpy as np

from glassnet.components.context import Context, Loan, PassSettings
from glassnet.components.layer import Arrays
from glassnet.components.services import explained, one_at_a_time
from glassnet.model.parameter_vector import array_access, mapped
from glassnet.model.sequential import LayerSequence
from glassnet.model.structure import Structure, checked_dtype, checked_seed, checked_shape
from glassnet.support.random import Counts
from glassnet.types import Array, aligned_zeros


class Model(Structure):
    """Layers that feed each other, with their parameters and state; `Network` adds training and use.

    Parameters
    ----------
    layers
        Names, specs or instances of layers and activations, or all of them in one text with spaces between.

    Attributes
    ----------
    preprocessing
        What turns rows into samples, and outputs into answers; None for samples as they are. Plugins give it.
    """

    preprocessing: Any = None

    @one_at_a_time
    @explained
    def build(self, input_shape: int | Sequence[int], *, seed: int = 0, dtype: str = "float32") -> Self:
        """Make the parameters, anew if there are any.

        Parameters
        ----------
        input_shape
            Shape of one sample, without the batch; ``5`` means ``(5,)``.
        seed
            Seed of the first values.
        dtype
            ``"float32"`` or ``"float64"``.

        Returns
        -------
        Model
            This network.

        Raises
        ------
        ShapeError
            If `input_shape` is not a shape, or a layer does not take what the one before it gives. Also if a layer that
            is listed twice cannot have the same parameters in both places.
        OptionError
            If the seed or the precision does not exist.
        InUseError
            If the network is being trained.
        """
        return self._build(input_shape, seed=seed, dtype=dtype)

    def _build(self, input_shape: int | Sequence[int], *, seed: int, dtype: str = "float32") -> Self:
        shape, precision, first_seed = checked_shape(input_shape), checked_dtype(dtype), checked_seed(seed)
        self.allocate(shape, precision, vectors=2)
        self._input_shape = None  # until there are values: an initializer may fail
        # In a pass, since the bytes of an orthogonal matrix depend on the number of BLAS threads.
        with self.workspace(training=False):
            self._vector[:] = self.layout.initialize(self.dtype, first_seed)
        vars(self).update(counts=Counts(), _input_shape=shape)
        return self

    def reads_rows(self, x: Any) -> bool:
        """Return whether `x` are rows that the preprocessing turns into samples."""
        return self.preprocessing is not None and bool(self.preprocessing.is_for(x))

    @property
    def flat_parameters(self) -> Array:
        """All parameters in one vector, live. Assigning a vector copies its numbers."""
        _ = self._input_shape or self.input_shape
        return self._vector

    @flat_parameters.setter
    def flat_parameters(self, values: Any) -> None:
        if values is not self.flat_parameters:
            array_access().assign(self._vector, values, "flat_parameters")

    @property
    def parameters(self) -> Arrays:
        """Live views of the parameters by name, such as ``"1.weights"``. Assigning an array copies its numbers.

        A layer in several places is listed once, under its first place.
        """
        _ = self._input_shape or self.input_shape
        return self._parameters

    @parameters.setter
    def parameters(self, arrays: Mapping[str, Any]) -> None:
        if arrays is not self.parameters:
            array_access().assign(self._parameters, arrays, "parameters")

    @property
    def state(self) -> Arrays:
        """What layers carry along and do not train, such as running means, nested by layer and live."""
        _ = self._input_shape or self.input_shape
        return self._state

    @state.setter
    def state(self, arrays: Mapping[str, Any]) -> None:
        if arrays is not self.state:
            array_access().assign(self._state, arrays, "state")

    @property
    def gradients(self) -> Array:
        """The gradients of the last backward, in the order of `flat_parameters`. Assigning copies the numbers."""
        _ = self._input_shape or self.input_shape
        return self._gradients

    @gradients.setter
    def gradients(self, values: Any) -> None:
        if values is not self.gradients:
            array_access().assign(self._gradients, values, "gradients", finite=False)

    @cached_property
    def _gradients(self) -> Array:
        return self._gradients_of_places[: self.layout.size]

    @cached_property
    def _gradients_of_places(self) -> Array:
        return aligned_zeros(self.layout.gradient_size, self.dtype)

    @cached_property
    def gradient_views(self) -> Arrays:
        """Views of the gradients, nested as the layers nest them: one for each place of a shared layer."""
        return self.layout.gradient_views(self._gradients_of_places)

    @explained
    def copy(self, dtype: str | None = None) -> Self:
        """Return a network of the same layers with parameters and state of its own, equal to these."""
        _ = self.input_shape
        twin = type(self).__new__(type(self))
        twin.__setstate__({**self.__getstate__(), "dtype": checked_dtype(dtype or self.dtype)})
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle holds: layers, parameters and state."""
        kept = {name: value for name, value in vars(self).items() if name not in _MADE_ANEW}
        if self.is_built:
            kept |= {"_vector": np.array(self._vector), "_state": mapped(self._state, np.array)}
        return kept | {"counts": deepcopy(self.counts)}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        sequence = LayerSequence(kept["layers"])
        made = {"sequence": sequence, "_prepared_layers": (None, sequence), "_last_sequence": sequence}
        vars(self).update(kept, **made, _at_work=threading.Lock())
        if self._input_shape is not None:
            # The loaded arrays may be mapped from a read-only file.
            self.allocate(self._input_shape, kept["dtype"])
            self._vector[:] = kept["_vector"]
            self.state = kept["_state"]

    def workspace(self, *, training: bool, step: int = 0, seed: int = 0) -> AbstractContextManager[Context]:
        """Lend a context with work buffers for one pass; several threads get one each."""
        try:
            loan = self._idle.pop()
        except IndexError:
            loan = Loan(Context(PassSettings(self.dtype), self._state), self._idle)
            loan.ctx.reads_input = True
        ctx = loan.ctx
        ctx.shared.begin(training, step, seed)
        ctx.needs_input_grad = False
        ctx.mask = None
        return loan

    def backward(self, sequence: LayerSequence, caches: list[Any], dy: Array, ctx: Context) -> Array | None:
        """Run `sequence`, which has the layers of this network, backward; fill the gradients and return that of x."""
        dx = sequence.backward(self.parameter_views, caches, dy, self.gradient_views, ctx)
        if self.layout.gradient_size > self.layout.size:  # parameters have several places
            self.layout.add_up(self._gradients_of_places)
        return dx


# What follows from the layers and the shape, and what passes leave: a copy has its own.
_FOLLOWING = {"sequence", "shapes", "layout", "parameter_views", "gradient_views", "_parameters", "_prepared_layers"}
_MADE_ANEW = _FOLLOWING | {"_gradients", "_gradients_of_places", "_idle", "_last_sequence", "_at_work"}
