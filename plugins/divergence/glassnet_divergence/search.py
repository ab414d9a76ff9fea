"""The search for the place where a step arrives at NaN or infinity: the step is run again, each layer watched.

It runs once, after something was found, and leaves the network as it was.
"""

from __future__ import annotations

import itertools
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer, layers_held_by
from glassnet.components.loss import Loss
from glassnet.model.objective import Objective
from glassnet.options.declaration import option
from glassnet.types import Array
from glassnet_autodiff.tree import named_leaves
from glassnet_divergence import likely_causes
from glassnet_divergence.finite import what_is_not_finite
from glassnet_divergence.scan import Range, range_of, shortened
from glassnet_divergence.watching import left_as_it_was
from glassnet_inputs.finite import are_finite
from glassnet_losses.loss_wrapper import LossWrapper

if TYPE_CHECKING:
    from glassnet.training.run import Run


@attrs.frozen
class Found:
    """An operation that is given finite numbers and gives others; attributes as of `Divergence`."""

    operation: str
    layer: str
    problem: str
    values: dict[str, Range]
    cause: str


def first_found(run: Run) -> Found | None:
    """Return the first operation of a step that gives NaN or infinity, or None if no layer, loss or penalty does.

    Parameters
    ----------
    run
        A run whose batch and parameters are those of the step.
    """
    finds = _Finds(is_first_step=run.step == 0)
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

    def __init__(self, run: Run, finds: _Finds) -> None:
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
            self.finds.look_at_output(self.name, y, went_in, is_first_layer=self.is_first)
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


def _watched(member: Layer, listed: Layer, place: str, finds: _Finds) -> _WatchedLayer:
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
    return _WatchedLayer(layer, name=f"layer {place} '{shortened(listed)}'", is_first=place == "0", finds=finds)


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
        self.finds.look_at_loss(self.name, "forward", "the loss", np.asarray(value), y_pred, y_true)
        return value

    def per_sample(self, y_pred: Array, y_true: Array) -> Array:
        values = super().per_sample(y_pred, y_true)
        self.finds.look_at_loss(self.name, "forward", "the loss", values, y_pred, y_true)
        return values

    def backward(self, y_pred: Array, y_true: Array) -> Array:
        dy = super().backward(y_pred, y_true)
        self.finds.look_at_loss(self.name, "backward", "the gradient of the outputs", dy, y_pred, y_true)
        return dy

    def value_and_gradient(self, y_pred: Array, y_true: Array) -> tuple[float, Array]:
        value, dy = super().value_and_gradient(y_pred, y_true)
        self.finds.look_at_loss(self.name, "forward", "the loss", np.asarray(value), y_pred, y_true)
        self.finds.look_at_loss(self.name, "backward", "the gradient of the outputs", dy, y_pred, y_true)
        return value, dy


class _Finds:
    """What is found, in the order of the step."""

    def __init__(self, *, is_first_step: bool) -> None:
        self.found: list[Found] = []
        self._is_first_step = is_first_step

    def look_at_output(self, layer: str, y: Array, went_in: dict[str, Range], *, is_first_layer: bool) -> None:
        if not are_finite(y):
            cause = likely_causes.of_forward(
                went_in["input"],
                went_in.get("parameters"),
                is_first_layer=is_first_layer,
                is_first_step=self._is_first_step,
            )
            self.found.append(Found("forward", layer, f"the output {what_is_not_finite(y)}", went_in, cause))

    def look_at_gradients(self, layer: str, gradients: dict[str, Array], went_in: dict[str, Range]) -> None:
        for name, gradient in gradients.items():
            if not are_finite(gradient):
                problem = f"the gradient of {name} {what_is_not_finite(gradient)}"
                cause = likely_causes.of_backward(*went_in.values())
                self.found.append(Found("backward", layer, problem, went_in, cause))

    def look_at_loss(self, loss: str, operation: str, what: str, given: Array, y_pred: Array, y_true: Array) -> None:
        if np.isfinite(given).all() or not are_finite(y_pred):
            return
        went_in = {"outputs": range_of(y_pred), "targets": range_of(np.asarray(y_true))}
        cause = likely_causes.of_loss(went_in["outputs"], went_in["targets"], is_first_step=self._is_first_step)
        self.found.append(Found(operation, loss, f"{what} {what_is_not_finite(given)}", went_in, cause))

    def look_at_penalty(self, regularizer: str, name: str, w: Array, penalty: float, gradient: Array) -> None:
        if not math.isfinite(penalty):
            problem = f"the penalty on {name!r} is {penalty}"
        elif not are_finite(gradient):
            problem = f"the gradient of the penalty on {name!r} {what_is_not_finite(gradient)}"
        else:
            return
        went_in = {"parameters": range_of(w)}
        cause = likely_causes.of_penalty(went_in["parameters"])
        self.found.append(Found("penalty", regularizer, problem, went_in, cause))
