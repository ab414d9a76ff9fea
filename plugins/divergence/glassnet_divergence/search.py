"""The search for the place where a step arrives at NaN or infinity: the step is run again, each layer watched.

It runs once, after something was found, and leaves the network as it was.
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet as gn
from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer, layers_held_by
from glassnet.components.loss import Loss
from glassnet.model.objective import Objective
from glassnet.options.declaration import option
from glassnet.types import Array
from glassnet_autodiff.tree import named_leaves
from glassnet_divergence.finds import Finds, Found
from glassnet_divergence.first_operation import in_layer, in_loss
from glassnet_divergence.scan import range_of, shortened
from glassnet_divergence.watching import left_as_it_was
from glassnet_inputs.finite import are_finite
from glassnet_losses.loss_wrapper import LossWrapper

if TYPE_CHECKING:
    from glassnet.training.run import Run


def first_found(run: Run) -> Found | None:
    """Return the first operation of a step that gives NaN or infinity, or None if no layer, loss or penalty does.

    Parameters
    ----------
    run
        A run whose batch and parameters are those of the step.
    """
    finds = Finds(is_first_step=run.step == 0)
    with left_as_it_was(run.network), np.errstate(all="ignore"):
        objective = Objective(run.network, run.loss, run.options.regularizer, _Watching(run, finds))
        with suppress(Exception):  # the run has failed already, and a component may not take NaN
            _evaluate(run, objective)
            for regularizer, name, w in objective.penalised:
                finds.look_at_penalty(repr(regularizer), name, w, regularizer.penalty(w), regularizer.gradient(w))
    return finds.found[0] if finds.found else None


def _evaluate(run: Run, objective: Objective) -> None:
    """Run the step's batch forward and backward."""
    x, y = run.lent_batch
    with run.pass_through_network() as ctx:
        outputs, caches = objective.forward(x, y, ctx)
        _, dy = objective.loss_and_gradient(outputs, y, run.sample_weights)
        objective.backward(caches, dy, ctx)


class _Watching:
    """Returns what the run computes with for each component, watched; the layers come in their order."""

    def __init__(self, run: Run, finds: Finds) -> None:
        self._run, self._finds = run, finds
        self._places = itertools.count()

    def __call__(self, component: Any, elements: int) -> Any:
        computed = self._run.prepared(component, elements * self._run.options.batch_size)
        if isinstance(component, Loss):
            return _WatchedLoss(computed, name=f"the loss {shortened(component)}", finds=self._finds)
        return _watched(computed, component, str(next(self._places)), self._finds)


class _WatchedLayer(gn.LayerWrapper):
    """Does what its layer does, and looks at the results."""

    name: str = option(help="the layer, and where it stands")
    is_first: bool = option(help="whether its input is that of the network")
    listed: Any = option(help="the layer as the network has it, which shows its operations")
    finds: Any = option(help="where to note what is found")

    # Parts of a batch at once would be found in any order.
    batch_independent = False

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        went_in = {"input": range_of(x)}
        if params:
            went_in["parameters"] = range_of(
                np.concatenate([each.reshape(-1) for each in named_leaves(params).values()])
            )
        was_finite = are_finite(x)
        y, cache = self.layer.forward(params, x, ctx)
        if was_finite:
            self.finds.look_at_output(
                self.name,
                y,
                went_in,
                is_first_layer=self.is_first,
                first=partial(in_layer, self.listed, params, x, ctx),
            )
        return y, (cache, went_in)

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        inner, went_in = cache
        went_in = {"gradient of the output": range_of(dy), **went_in}
        was_finite = are_finite(dy)
        dx = super().backward(params, inner, dy, grads, ctx)
        if was_finite:
            of_input = {"the input": dx} if dx is not None and ctx.needs_input_grad else {}
            self.finds.look_at_gradients(self.name, {**named_leaves(grads), **of_input}, went_in)
        return dx


def _watched(member: Layer, listed: Layer, place: str, finds: Finds) -> _WatchedLayer:
    """Return a layer that does what `member` does, watched, as are the layers that it holds.

    `listed` is what the network has at that place: `member` may replace it, and is then watched as a whole.
    """
    # Where backward is derived from forward, what is inside has no backward of its own.
    is_one = member.derives_backward or type(member) is not type(listed)
    watched: dict[str, Any] = {}
    number = 0
    for name, value in ({} if is_one else layers_held_by(member)).items():
        within = []
        for pair in zip(_as_tuple(value), _as_tuple(listed.options[name]), strict=True):
            within.append(_watched(*pair, f"{place}.{number}", finds))
            number += 1
        watched[name] = within if isinstance(value, tuple) else within[0]
    layer = (member.replace(**watched) if watched else member).as_layer()
    name = f"layer {place} '{shortened(listed)}'"
    return _WatchedLayer(layer, name=name, is_first=place == "0", listed=listed.as_layer(), finds=finds)


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


class _WatchedLoss(LossWrapper):
    """Does what its loss does, and looks at the results."""

    name: str = option(help="the loss in messages")
    finds: Any = option(help="where to note what is found")

    def fuse(self, activation: Layer) -> Loss | None:
        fused = self.loss.fuse(activation)
        return None if fused is None else _WatchedLoss(fused, name=self.name, finds=self.finds)

    def forward(self, y_pred: Array, y_true: Array) -> float:
        value = super().forward(y_pred, y_true)
        self._look_at_value(np.asarray(value), y_pred, y_true)
        return value

    def per_sample(self, y_pred: Array, y_true: Array) -> Array:
        values = super().per_sample(y_pred, y_true)
        self._look_at_value(values, y_pred, y_true)
        return values

    def backward(self, y_pred: Array, y_true: Array) -> Array:
        dy = super().backward(y_pred, y_true)
        self.finds.look_at_loss(self.name, "backward", "the gradient of the outputs", dy, y_pred, y_true)
        return dy

    def value_and_gradient(self, y_pred: Array, y_true: Array) -> tuple[float, Array]:
        value, dy = super().value_and_gradient(y_pred, y_true)
        self._look_at_value(np.asarray(value), y_pred, y_true)
        self.finds.look_at_loss(self.name, "backward", "the gradient of the outputs", dy, y_pred, y_true)
        return value, dy

    def _look_at_value(self, value: Array, y_pred: Array, y_true: Array) -> None:
        first = partial(in_loss, self.loss, y_pred, y_true)
        self.finds.look_at_loss(self.name, "forward", "the loss", value, y_pred, y_true, first)
