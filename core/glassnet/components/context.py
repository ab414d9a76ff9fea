"""The context: what a layer gets besides its parameters and its input."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from glassnet.components.services import check_memory, executor
from glassnet.support.random import stream
from glassnet.types import Array, Shape, aligned


class PassSettings:
    """What all layers share during one pass: is it training, which step, which seed and precision."""

    def __init__(self, dtype: np.dtype[np.floating]) -> None:
        self.dtype = dtype
        self.training = False
        self.step = 0
        self.seed = 0
        self.number = 0

    def begin(self, training: bool, step: int, seed: int) -> None:
        """Start over: random streams restart, so that a pass repeated at one step repeats its numbers."""
        self.training = training
        self.step = step
        self.seed = seed
        self.number += 1


class Context:
    """One layer's view of a pass.

    Attributes
    ----------
    state
        The layer's own state arrays by name.
    trainable
        False when the layer, or one that holds it, is not trained.
    needs_input_grad
        False if the gradient of the layer's input is not needed: no layer before it is trained.
    mask
        In `forward`, which time steps of the input are real and which are padding: ``(batch, time)``, true where a
        step is real. It is None if no layer before it knows. A layer that makes another mask assigns it here. In
        `backward` it may be that of another pass.
    reads_input
        Whether the input is that of the whole network.
    shapes
        The shapes of input and outputs of a sequence of layers in a pass in which each layer is looked at, else None.
    places
        What a sequence of layers has found of its layers for this context; see `LayerSequence`.
    """

    def __init__(self, shared: PassSettings, state: dict[str, Any], path: str = "") -> None:
        self.shared = shared
        self.state = state
        self.path = path
        self.trainable = True
        self.needs_input_grad = True
        self.mask: Array | None = None
        self.reads_input = False
        self.shapes: list[Shape] | None = None
        self.places: tuple[Any, Any, tuple[int, list[Any]]] | None = None
        self._children: dict[str, Context] = {}
        self._buffers: dict[str, Array] = {}
        # Making a view takes longer than adding a bias to a small batch.
        self._views: dict[str, dict[tuple[Shape, Any], Array]] = {}
        self._rng: np.random.Generator | None = None
        self._rng_pass = -1

    @property
    def training(self) -> bool:
        """Whether parameters are being trained: dropout drops, batch normalization uses the batch."""
        return self.shared.training

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The network's floating-point type."""
        return self.shared.dtype

    @property
    def rng(self) -> np.random.Generator:
        """This layer's random numbers for this step: the same ones whenever the step is repeated."""
        if self._rng is None or self._rng_pass != self.shared.number:
            self._rng = stream(self.shared.seed, f"layer {self.path}", self.shared.step)
            self._rng_pass = self.shared.number
        return self._rng

    def buffer(self, name: str, shape: Shape, dtype: Any = None) -> Array:
        """Return a work buffer with arbitrary contents, valid until the layer's next forward.

        Parameters
        ----------
        name
            Which of the layer's buffers; two names never share memory.
        shape
            Shape wanted; it may change from call to call.
        dtype
            Element type; the network's by default.
        """
        views = self._views.setdefault(name, {})
        key = tuple(shape), dtype
        view = views.get(key)
        if view is None:
            view = views[key] = self._part(name, key[0], self.shared.dtype if dtype is None else np.dtype(dtype))
        return view

    def _part(self, name: str, shape: Shape, dtype: Any) -> Array:
        """Return a part of a buffer; it is made anew, and what showed parts of it forgotten, where it is too small."""
        size = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size or buffer.dtype != dtype:
            self._views[name].clear()
            check_memory(
                size * np.dtype(dtype).itemsize, f"a layer's array of shape {shape}", "use smaller batches or layers"
            )
            buffer = self._buffers[name] = aligned(size, dtype)
        return buffer[:size].reshape(shape)

    def child(self, name: str, trainable: bool = True) -> Context:
        """Return the context of a layer that this layer holds, with the mask that this one has now.

        Parameters
        ----------
        name
            The name of the layer among those that this layer holds.
        trainable
            The option `trainable` of that layer.
        """
        child = self._children.get(name)
        if child is None:
            child = self._children[name] = self._new_child(name, trainable)
        child.mask = self.mask
        return child

    def _new_child(self, name: str, trainable: bool) -> Context:
        path = f"{self.path}.{name}" if self.path else name
        child = Context(self.shared, self.state.get(name, {}), path)
        child.trainable = self.trainable and trainable
        return child

    def part(self, number: int) -> Context:
        """Return the context of a part of the batch, which begins at the same layer."""
        part = self.child(f"part {number}")
        part.reads_input = self.reads_input
        return part


class Loan(AbstractContextManager[Context]):
    """Lends a context for one pass after another, in which products have one BLAS thread.

    A class, since a generator takes several times as long.
    """

    def __init__(self, ctx: Context, idle: list[Loan]) -> None:
        self.ctx = ctx
        limit = executor().blas_limit
        self._limit, self._lift, self._idle = limit.__enter__, limit.__exit__, idle

    def __enter__(self) -> Context:
        self._limit()
        return self.ctx

    def __exit__(self, *_: object) -> None:
        self._lift(None, None, None)
        self._idle.append(self)
