"""A bench: one layer with parameters and a context of its own, called from outside."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from glassnet.components.context import Context
from glassnet.components.layer import Layer
from glassnet.network import Network
from glassnet.types import Array, Shape
from glassnet_autodiff.derived import layer_gradients
from glassnet_autodiff.tree import named_leaves


class Bench:
    """A layer or an activation, built for one shape of sample.

    Attributes
    ----------
    network
        A network of the one layer. Its state has the precision of the bench, whichever its author chose.
    first_values
        What the initializers gave the parameters.
    """

    def __init__(self, layer: Layer, shape: Shape, dtype: str = "float64", seed: int = 0) -> None:
        self.network = Network([layer]).build(shape, seed=seed, dtype=dtype)
        self.first_values = self.network.flat_parameters.copy()
        _in_precision(self.network.state, self.network.dtype)
        # Zeros, such as first biases, and ones would hide a factor.
        self.network.flat_parameters[:] = (
            np.random.default_rng(seed).normal(size=self.network.flat_parameters.size) * 0.5
        )
        self._first_state = copy.deepcopy(self.network.state)

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters by name, live."""
        return _named(self.network, self.network.flat_parameters)

    @property
    def state(self) -> dict[str, Array]:
        """The layer's state by name, live."""
        return {name.partition(".")[2]: array for name, array in named_leaves(self.network.state).items()}

    @contextmanager
    def passing(self, *, training: bool = True, step: int = 0) -> Iterator[LayerPass]:
        """Lend what it takes for one forward and one backward; every one starts from the first state."""
        self.network.state = self._first_state
        with self.passing_on(training=training, step=step) as one:
            yield one

    @contextmanager
    def passing_on(self, *, training: bool = True, step: int = 0) -> Iterator[LayerPass]:
        """Lend the same, with the state as the pass before left it."""
        with self.network.workspace(training=training, step=step, seed=0) as ctx:
            ctx.needs_input_grad = True
            yield LayerPass(self.network, ctx)

    def output(self, x: Array, *, training: bool = True, step: int = 0) -> Array:
        """Return the output of a batch; it is the caller's own."""
        with self.passing(training=training, step=step) as one:
            return one.forward(x).copy()


class LayerPass:
    """One forward and one backward.

    Attributes
    ----------
    ctx
        The context of the pass.
    """

    def __init__(self, network: Network, ctx: Context) -> None:
        self._network = network
        self.ctx = ctx
        self._caches: Any = None

    def forward(self, x: Array) -> Array:
        """Return the output; it may be a work buffer. No step is padding: a step of zeros would be one."""
        return self.forward_with_mask(x, self._all_real(x))

    def forward_with_mask(self, x: Array, mask: Array | None) -> Array:
        """Return the output where a layer before has made a mask; ``ctx.mask`` is then that of the output."""
        self.ctx.reads_input, self.ctx.mask = False, mask
        y, self._caches = self._network.sequence.forward(self._network.parameter_views, x, self.ctx)
        self.ctx.reads_input = True
        return y

    def _all_real(self, x: Array) -> Array | None:
        return np.ones(x.shape[:2], bool) if self._network.sequence.reads_mask else None

    def backward(self, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """Return the gradients with respect to the input, which may be a work buffer, and to the parameters."""
        network = self._network
        # An element that backward leaves out, or reads, shows up.
        network.gradients[:] = np.nan
        dx = network.backward(network.sequence, self._caches, dy, self.ctx)
        return dx, _named(network, network.gradients.copy())

    def backward_by_tape(self, x: Array, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """Return what `backward` would, derived from the layer's forward; its own backward is not called.

        Raises
        ------
        TracingError
            When the tape cannot follow, or meets a kink.
        """
        layer, params = self._network.sequence.layers[0], self._network.parameter_views.get("0", {})
        self.ctx.mask = self._all_real(x)
        dx, gradients = layer_gradients(layer, params, x, dy, self.ctx.child("0"), smooth=True)
        return dx, named_leaves(gradients)


def _named(network: Network, vector: Array) -> dict[str, Array]:
    """Return the parts of `vector` by parameter; the one layer's index is left out."""
    return {name.partition(".")[2]: array for name, array in network.layout.named(vector).items()}


def _in_precision(state: dict[str, Any], dtype: np.dtype[Any]) -> None:
    """Give the floating-point arrays of a state a type: rounding to float32 would hide a derivative."""
    for name, value in state.items():
        if isinstance(value, dict):
            _in_precision(value, dtype)
        elif value.dtype.kind == "f":
            dict.__setitem__(state, name, value.astype(dtype))
