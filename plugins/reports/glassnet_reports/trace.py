"""A trace: all operations of a network and its loss on one batch, with their values and gradients."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from glassnet.components.loss import Loss
from glassnet.errors import NotBuiltError
from glassnet.model.mask import at_real_steps, compute_mask, mask_of_targets, weights_of_steps
from glassnet.model.objective import Objective
from glassnet.registry.registry import create
from glassnet.types import Array
from glassnet_autodiff.bindings import bindings_noted
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray
from glassnet_autodiff.traced_layer import TracingContext
from glassnet_autodiff.tracing_error import named
from glassnet_autodiff.tree import named_leaves, tree_map
from glassnet_files.files import atomic_write, check_ending
from glassnet_reports.trace_drawing import picture
from glassnet_reports.trace_formats import FORMATS
from glassnet_reports.trace_graph import TraceGraph
from glassnet_reports.trace_nodes import Part
from glassnet_reports.trace_notes import Notes
from glassnet_reports.trace_views import collapsed
from glassnet_splits.split import as_split

if TYPE_CHECKING:
    from glassnet.network import Network


@attrs.frozen(eq=False, repr=False)
class Trace(TraceGraph):
    """The operations from a batch to its loss, with the attributes of `TraceGraph`. A notebook shows the picture."""

    def __repr__(self) -> str:
        """Return one line an array: ``v1 = x @ weights  (4, 2)``."""
        lines = (f"{n.title}  {n.value.shape}" for n in self.nodes.values())
        return "\n".join(lines)

    def collapse(self, *layers: int) -> Trace:
        """Return the trace with one box for each of some layers, given by their index; without any, for all."""
        return collapsed(self, layers)

    def svg(self) -> str:
        """Return the picture of the graph as the text of an SVG file.

        In parts of many operations, operations of single elements are written as one formula.
        """
        return picture(self)

    def _repr_svg_(self) -> str:
        return self.svg()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trace to a file, in the format of its ending.

        ``.svg``, a name without an ending, and ``.png`` hold the picture; ``.html`` a page whose layers fold, without
        scripts and without other files; ``.dot`` the graph for Graphviz; ``.json`` all names, texts and numbers.

        Raises
        ------
        FileError
            When it cannot be written, or its ending names another format.
        """
        file = check_ending(path, list(FORMATS), "traces are written as SVG, PNG, HTML, DOT or JSON")
        written = FORMATS.get(file.suffix.lower(), FORMATS[".svg"])
        atomic_write(file, written(self))


def trace(
    network: Network, x: Any, y: Any, loss: Loss | str | None, *, training: bool, seed: int, fused: bool
) -> Trace:
    """Run a network and a loss on a tape; see `glassnet_reports.network_methods.trace`."""
    twin = network.copy(dtype="float64")
    measures = twin.evaluation_config
    if loss is None and measures is None:
        raise NotBuiltError("the network was not trained, so trace() needs a loss: pass loss='mse' or another one")
    chosen: Loss = create("loss", measures.loss if loss is None and measures is not None else loss)
    split = twin.preprocessing.split(x, y) if twin.reads_rows(x) else as_split(x, y)
    (inputs, targets), weights = next(twin.loader(split, chosen).sequential_batches(len(split)))
    last = twin.layers[-1]
    in_one = chosen.fuse(last) if fused else None
    layers = twin.layers if in_one is None else twin.layers[:-1]
    title = repr(chosen) if in_one is None else f"{last!r} and {chosen!r} in one formula"
    computed = chosen if in_one is None else in_one
    parts = [Part(f"{index}  {layer!r}", layer.formula) for index, layer in enumerate(layers)]
    notes = Notes(Tape(np.float64))
    params: dict[str, Any] = tree_map(notes.tape.array, twin.parameter_views)
    result, mask = _run_layers(twin, parts, notes, params, inputs, training=training, seed=seed)
    wanted = notes.given("y", "target", len(layers), targets)
    mask = mask_of_targets(mask, targets)
    with named(title):
        number = _loss_value(computed, at_real_steps(mask, result), at_real_steps(mask, wanted), mask, weights)
    parts.append(Part(title, computed.formula))
    notes.end_part()
    penalised = Objective(twin, chosen, measures.regularizer if measures is not None else None).penalised
    if penalised:
        leaves = named_leaves(params)
        for regularizer, name, _ in penalised:
            number = number + regularizer.penalty(leaves[name])
        kinds = dict.fromkeys(repr(regularizer) for regularizer, _, _ in penalised)
        parts.append(Part(f"penalties: {', '.join(kinds)}", penalised[0][0].formula))
        notes.end_part()
    if not isinstance(number, TracedArray):
        number = notes.tape.array(number)
    return Trace(float(number.value), tuple(parts), notes.nodes(number))


def _run_layers(
    network: Network,
    parts: Sequence[Part],
    notes: Notes,
    params: dict[str, Any],
    inputs: Array,
    *,
    training: bool,
    seed: int,
) -> tuple[Any, Array | None]:
    """Run the first layers of a network on the tape, a part of the trace each; return their output and its mask."""
    with network.workspace(training=training, seed=seed) as ctx:
        state = tree_map(notes.tape.array, ctx.state)
        result = notes.given("x", "input", 0, inputs)
        for kind, tree in (("parameter", params), ("state", state)):
            traced: dict[str, Any] = named_leaves(tree)
            for name, array in traced.items():
                notes.give(name, kind, int(name.partition(".")[0]), array)
        context = TracingContext(notes.tape, ctx, state)
        context.mask = network.sequence.mask_of_input(inputs)
        for key, (layer, part) in enumerate(zip(network.sequence.layers, parts, strict=False)):
            child = context.child(str(key), trainable=layer.trainable)
            with named(part.title), bindings_noted(notes.tape) as bindings:
                result, _ = layer.forward(params.get(str(key), {}), result, child)
            notes.call(bindings)
            context.mask = compute_mask(layer, context.mask, child.mask, result)
            notes.end_part()
    return result, context.mask


def _loss_value(loss: Loss, result: Any, wanted: Any, mask: Array | None, weights: Array | None) -> Any:
    """Return the mean loss, weighted as in `Objective`."""
    weights = weights_of_steps(mask, weights)
    if weights is None:
        return loss.forward(result, wanted)
    return np.sum(weights / weights.sum() * loss.per_sample(result, wanted))
