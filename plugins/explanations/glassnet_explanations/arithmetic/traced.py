"""A layer's forward, or a loss, on a tape, of which the arithmetic is read."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_autodiff.bindings import Binding, bindings_noted
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray
from glassnet_autodiff.traced_layer import TracingContext, output_of
from glassnet_autodiff.tracing_error import named
from glassnet_autodiff.tree import named_leaves, tree_map
from glassnet_explanations.arithmetic.layer_graph import LayerGraph, layer_graph


@attrs.frozen(eq=False)
class Traced:
    """What a tape recorded.

    Attributes
    ----------
    given, values
        The arrays that were given by their names, and their first values.
    y
        The result.
    bindings
        Which variables were given arrays.
    """

    tape: Tape
    given: dict[str, TracedArray]
    values: dict[str, gn.Array]
    y: Any
    bindings: list[Binding]

    def graph(self, dy: gn.Array | None) -> LayerGraph | None:
        """Return the graph of elements; `dy` is the derivative of the loss by the result."""
        return layer_graph(self.tape, self.given, self.values, self.y, dy, self.bindings)


def traced(layer: gn.Layer, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> Traced:
    """Run a layer's forward on a tape, with the random numbers and from the state of a pass."""
    tape = Tape(ctx.dtype)
    given: dict[str, TracedArray] = {}
    traced_x = tape.array(x) if x.dtype.kind == "f" else x
    if isinstance(traced_x, TracedArray):
        given["x"] = traced_x
    traced_params, state = tree_map(tape.array, params), tree_map(tape.array, ctx.state)
    for tree in (traced_params, state):
        given.update({name: array for name, array in named_leaves(tree).items() if isinstance(array, TracedArray)})
    values = _copies(given)
    with named(layer), bindings_noted(tape) as bindings:
        y = output_of(layer, layer.forward(traced_params, traced_x, TracingContext(tape, ctx, state)))
    return Traced(tape, given, values, y, bindings)


def traced_loss(loss: gn.Loss, y_pred: gn.Array, y_true: gn.Array, weights: gn.Array | None) -> Traced:
    """Run a loss on a tape; of weighted samples, the mean of each sample's loss by its weight."""
    tape = Tape(np.float64)
    given: dict[str, Any] = {"predictions": tape.array(y_pred)}
    targets: Any = y_true
    if y_true.dtype.kind == "f":
        targets = given["targets"] = tape.array(y_true)
    values = _copies(given)
    with named(loss), bindings_noted(tape) as bindings:
        if weights is None:
            result: Any = loss.forward(given["predictions"], targets)
        else:
            total = weights.sum()
            result = np.sum((weights / total if total else weights) * loss.per_sample(given["predictions"], targets))
    return Traced(tape, given, values, result, bindings)


def _copies(given: dict[str, TracedArray]) -> dict[str, gn.Array]:
    return {name: array.value.copy() for name, array in given.items()}
