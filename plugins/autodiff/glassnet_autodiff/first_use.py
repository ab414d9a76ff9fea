"""The first use of derived gradients in a run: each is compared with differences of the plain code, in float64.

The code is given arrays that cannot be written to: the component in front may still need them for its own backward.

A layer is run on the first samples of the first batch, with its place in the network. What is wrong is wrong from the
first step on, so the check costs a few passes once, and nothing afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.components.activation import Activate
from glassnet.components.component import Component
from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.loss import Loss
from glassnet.components.parameter import Regularizer
from glassnet.errors import TracingError
from glassnet.model.mask import at_real_steps, compute_mask, mask_of_targets
from glassnet.types import Array
from glassnet_autodiff.derived import AutodiffLayer
from glassnet_autodiff.derives import is_derived
from glassnet_autodiff.memory_layout import read_only_view
from glassnet_autodiff.slope_check import Found, check_slopes
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_layer import trace_layer
from glassnet_autodiff.tracing_error import named
from glassnet_autodiff.tree import named_leaves, tree_map

if TYPE_CHECKING:
    from glassnet.model.model import Model
    from glassnet.model.objective import Objective

# The number of samples of a batch that are compared.
SAMPLES = 16


def check_components(objective: Objective, x: Array, y: Array, *, step: int, seed: int) -> None:
    """Compare all derived gradients of an objective with differences on a batch; see `check_objective`."""
    output, mask = check_layers(objective.network, len(objective.sequence.layers), x, step=step, seed=seed)
    if is_derived(objective.loss):
        mask = mask_of_targets(mask, y[:SAMPLES])
        check_loss(objective.loss, at_real_steps(mask, output), at_real_steps(mask, y[:SAMPLES]))
    for regularizer, _, w in objective.penalised:
        if is_derived(regularizer):
            check_regularizer(regularizer, w)


def check_layers(network: Model, count: int, x: Array, *, step: int, seed: int) -> tuple[Array, Array | None]:
    """Compare the gradients of layers that the tape derives, or that hold such layers, with differences.

    Parameters
    ----------
    network
        The network in training, which stays as it is.
    count
        How many of its layers are run.
    x
        A batch.
    step, seed
        Where the random numbers of the layers come from.

    Returns
    -------
    output, mask
        The output of the last of these layers for some samples of the batch, in float64, and its mask.

    Raises
    ------
    TracingError
        If a layer does what the tape does not follow, or a gradient differs.
    """
    twin = network.copy(dtype="float64")
    value = np.array(x[:SAMPLES], np.float64) if x.dtype.kind == "f" else x[:SAMPLES]
    mask = twin.sequence.mask_of_input(value)
    for number, (member, layer) in enumerate(zip(network.layers[:count], twin.sequence.layers, strict=False)):
        one = _LayerAtWork(twin, str(number), layer, mask, step, seed)
        if is_derived(member):
            with named(f"layer {number} '{member!r}'"):
                one.check(value)
        value = one.forward(one.params, value)
        mask = compute_mask(layer, mask, one.mask_left, value)
    return value, mask


class _LayerAtWork:
    """One layer of a network, run again and again from the same state and with the same random numbers.

    Attributes
    ----------
    mask_left
        The mask as the last forward left it.
    """

    def __init__(self, network: Model, key: str, layer: Layer, mask: Array | None, step: int, seed: int) -> None:
        self.params: Arrays = network.parameter_views.get(key, {})
        self._network, self._key, self._layer = network, key, layer
        self._output_shape = network.shapes[int(key) + 1]
        self._mask = self.mask_left = mask
        self._how: dict[str, Any] = {"training": True, "step": step, "seed": seed}
        self._state = tree_map(np.copy, network.state)

    def check(self, x: Array) -> None:
        """Compare the gradients of input and parameters with differences."""
        x = read_only_view(x)
        names, arrays = list(named_leaves(self.params)), list(named_leaves(self.params).values())
        if x.dtype.kind == "f":
            names, arrays = ["the input", *names], [x, *arrays]

        def parts(at: tuple[Array, ...]) -> tuple[Arrays, Array]:
            inputs, params = (at[0], at[1:]) if x.dtype.kind == "f" else (x, at)
            return _like(self.params, iter(params)), inputs

        def derive(dy: Array, *at: Array) -> Found:
            params, inputs = parts(at)
            return self._derive(params, inputs, dy)

        check_slopes(lambda *at: self.forward(*parts(tuple(map(read_only_view, at)))), derive, arrays, names)

    def forward(self, params: Arrays, x: Array) -> Array:
        """Return the output; it is the caller's own."""
        self._network.state = self._state
        with self._network.workspace(**self._how) as ctx, np.errstate(all="ignore"):
            child = self._child(ctx)
            y, _ = self._layer.forward(params, x, child)
            self.mask_left = child.mask
        if not isinstance(y, np.ndarray | np.number):
            raise TracingError(f"forward returns {type(y).__name__} as output; return one array")
        if y.shape[1:] != self._output_shape:
            raise TracingError(
                f"forward returns samples of shape {y.shape[1:]}, and output_shape() is {self._output_shape}; "
                "make both the same"
            )
        return np.array(y)

    def _child(self, ctx: Context) -> Context:
        child = ctx.child(self._key, trainable=self._layer.trainable)
        child.mask = self._mask
        return child

    def _derive(self, params: Arrays, x: Array, dy: Array) -> Found:
        """Return what the tape of the layer finds; of a layer that holds others, what its backward finds."""
        self._network.state = self._state
        inner = self._layer.layer if isinstance(self._layer, AutodiffLayer) else self._layer
        with self._network.workspace(**self._how) as ctx:
            child = self._child(ctx)
            if inner is not self._layer or isinstance(inner, Activate):
                traced = trace_layer(inner, params, x, child, child.state)
                traced.tape.backward(traced.y, dy)
                params_traced: dict[str, Any] = named_leaves(traced.params)
                found = [one.gradient for one in params_traced.values()]
                dx = [traced.x.gradient] if x.dtype.kind == "f" else []
                y = np.array(getattr(traced.y, "value", traced.y))  # plain where it depends on nothing
                return Found(y, [*dx, *found], traced.tape.precision)
            child.needs_input_grad = x.dtype.kind == "f"
            y, cache = self._layer.forward(params, x, child)
            y, layout = np.array(y), self._network.layout
            gradients = np.zeros(layout.gradient_size)  # with a place for each use of a shared parameter
            views = layout.gradient_views(gradients).get(self._key, {})
            gradient = self._layer.backward(params, cache, dy, views, child)
            layout.add_up(gradients)
            dx = [] if gradient is None else [np.array(gradient)]
            by_name = named_leaves(views)
            return Found(y, [*dx, *(by_name[name] for name in named_leaves(params))], float(np.finfo(y.dtype).eps))


def check_loss(loss: Loss, y_pred: Array, y_true: Array) -> None:
    """Compare the derived gradient of a loss with differences.

    Raises
    ------
    TracingError
        If the loss does what the tape does not follow, or the gradient differs.
    """
    y_true = read_only_view(y_true)
    _check_function(loss, lambda p: loss.forward(p, y_true), y_pred)


def check_regularizer(regularizer: Regularizer, w: Array) -> None:
    """Compare the derived gradient of a regularizer with differences; errors as of `check_loss`."""
    _check_function(regularizer, regularizer.penalty, w)


def _check_function(component: Component, function: Callable[..., Any], at: Array) -> None:
    def derive(dy: Array, array: Array) -> Found:
        tape = Tape()
        traced = tape.array(array)
        y = function(traced)
        tape.backward(y, dy)
        return Found(np.array(getattr(y, "value", y)), [traced.gradient], tape.precision)

    def evaluate(array: Array) -> Any:
        result = function(read_only_view(array))
        if np.shape(result) != ():
            raise TracingError(
                f"the result is an array of shape {np.shape(result)}; return one number, as np.mean does"
            )
        if not isinstance(result, int | float | np.number | np.ndarray):
            raise TracingError(f"the code returns {type(result).__name__}; return one number")
        return result

    with named(component):
        check_slopes(evaluate, derive, [np.array(at, np.float64)], ["its argument"])


def _like(tree: Arrays, arrays: Iterable[Array]) -> Arrays:
    """Return arrays nested as those of `tree` are."""
    following = iter(arrays)
    return tree_map(lambda _: next(following), tree)
