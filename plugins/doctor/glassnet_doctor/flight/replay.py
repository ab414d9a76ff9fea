"""A step that is run again, operation by operation, to its first number that is not finite."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.loss import Loss
from glassnet.components.parameter import Regularizer
from glassnet.model.model import Model
from glassnet.model.objective import Objective
from glassnet.options.declaration import option
from glassnet.types import Array
from glassnet_autodiff.tree import named_leaves
from glassnet_divergence.watching import Watching
from glassnet_doctor.flight.fault_file import FaultyStep

_MOST_INPUTS = 8


@attrs.frozen
class Operation:
    """One operation of the step.

    Attributes
    ----------
    name, where
        ``"forward"``, ``"backward"`` or ``"penalty"``, and the layer or the loss.
    what
        What it gives: ``"output"``, or the gradient of what.
    largest
        The largest finite size of the numbers that it gives.
    not_finite, size
        How many of the numbers are NaN or infinite, and how many there are.
    element
        The place of the first of these, with the sample first, or None.
    inputs
        The largest of the numbers that went in for this element's sample, or None.
    """

    name: str
    where: str
    what: str
    largest: float
    not_finite: int
    size: int
    element: tuple[int, ...] | None = None
    inputs: tuple[float, ...] | None = None

    def __str__(self) -> str:
        count = f", {self.not_finite} of {self.size} not finite" if self.not_finite else ""
        largest = f" up to {self.largest:.4g}" if self.not_finite < self.size else ""
        return f"{self.name:8} {self.where}: {self.what}{largest}{count}"


def replayed(network: Model, loss: Loss, regularizer: Regularizer | None, fault: FaultyStep) -> list[Operation]:
    """Run the step of a fault again, and return its operations in their order, to the first that is not finite.

    Parameters
    ----------
    network
        A network of the same layers; it gets the parameters and the state from before the step.
    loss, regularizer
        What was minimised.
    fault
        The step.
    """
    fault.put_into(network)
    log = _Log()

    def watch(layer: Layer, member: Layer, place: str) -> Layer:
        return _WatchedLayer(layer, where=f"layer {place} '{member!r}'", log=log)

    with np.errstate(all="ignore"), suppress(_FoundError):
        objective = Objective(network, loss, regularizer, Watching(watch))
        with network.workspace(training=True, step=fault.step, seed=fault.seed) as ctx:
            outputs, caches = objective.forward(fault.x, fault.y, ctx)
            value, dy = objective.loss_and_gradient(outputs, fault.y, fault.weights)
            where = f"the loss '{loss!r}'"
            log.note("forward", where, "the loss", np.asarray(value), outputs)
            log.note("backward", where, "gradient of the outputs", dy, outputs)
            objective.backward(caches, dy, ctx)
        for chosen, name, w in objective.penalised:
            log.note("penalty", repr(chosen), f"gradient of {name!r}", np.asarray(chosen.gradient(w)), w)
    return log.operations


class _FoundError(Exception):
    """The first number that is not finite was found."""


class _Log:
    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def note(self, name: str, where: str, what: str, given: Array, went_in: Array) -> None:
        """Note one operation; end the step at the first that is not finite."""
        finite = np.isfinite(given)
        sizes = np.abs(given[finite])
        largest, count = float(sizes.max()) if sizes.size else 0.0, int(given.size - finite.sum())
        if not count:
            self.operations.append(Operation(name, where, what, largest, 0, given.size))
            return
        element = tuple(int(each[0]) for each in np.nonzero(~finite)) if given.ndim else ()
        is_of_sample = bool(element) and len(given) == len(went_in)
        of_sample = went_in[element[0]] if is_of_sample else went_in
        inputs = np.sort(np.abs(of_sample.reshape(-1)))[::-1][:_MOST_INPUTS]
        self.operations.append(
            Operation(name, where, what, largest, count, given.size, element, tuple(float(each) for each in inputs))
        )
        raise _FoundError


class _WatchedLayer(gn.LayerWrapper):
    """Does what its layer does, and notes the results."""

    where: str = option(help="the layer, and where it stands")
    log: Any = option(help="where to note them")

    # Parts of a batch at once would be noted in any order.
    batch_independent = False

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        y, cache = self.layer.forward(params, x, ctx)
        self.log.note("forward", self.where, "output", y, x)
        return y, cache

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        dx = super().backward(params, cache, dy, grads, ctx)
        for name, gradient in named_leaves(grads).items():
            self.log.note("backward", self.where, f"gradient of {name!r}", gradient, dy)
        if dx is not None and ctx.needs_input_grad:
            self.log.note("backward", self.where, "gradient of the input", dx, dy)
        return dx
