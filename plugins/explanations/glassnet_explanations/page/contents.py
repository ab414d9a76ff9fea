"""The contents of the page of an explanation: forward, loss, backward, update."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from glassnet.types import Array
from glassnet_explanations.arithmetic.backward_lines import BackwardLines
from glassnet_explanations.arithmetic.forward_lines import ForwardLines
from glassnet_explanations.arithmetic.line import Line, element_name, number_text
from glassnet_explanations.page.blocks import ArrayBlock, Block, Formula, Lines, Page, Section, Table, Text
from glassnet_explanations.page.input_names import inputs_of
from glassnet_explanations.page.not_finite import why_not_finite
from glassnet_explanations.page.selection import Selection, remark, with_cut
from glassnet_explanations.page.table_blocks import target_cells
from glassnet_explanations.page.windows import windows
from glassnet_explanations.step_numbers import ExplainedLayer, NamedPart, StepNumbers

# What a layer computes on the way is shown up to this number of elements, and this number of arrays.
_LARGEST_INSIDE, _MOST_INSIDE = 2000, 12
_BY_GRADIENT = "those whose gradient is largest"
HOW_TO_READ = (
    "Indices count from 0, and the first is the sample. A gradient is called by a d before the name: dx is the "
    "derivative of the loss by x. Terms that are 0 are left out on the way back. Results on the way without a name are "
    "v1, v2, …; with # behind a name is the turn of a loop, from 0. All is computed in 64 bits."
)
_UNTRACED = "The arithmetic of this layer cannot be followed: its operations have no derivative on the tape."


def page_of(explanation: StepNumbers, title: str = "One training step") -> Page:
    """Return the page that shows an explanation."""
    e = explanation
    samples = len(e.loss_part.values["targets"])
    layers = ", ".join(layer.title for layer in e.layers)
    about = (
        f"{samples} {'sample' if samples == 1 else 'samples'} through {layers}; loss {e.loss_part.title}, optimizer "
        f"{e.optimizer}, step {e.step + 1}. The loss is {number_text(e.loss)}"
        + (f", of which {number_text(e.penalty)} is penalty." if e.penalty else ".")
        + (f" The samples are as {listed(e.changed_by)} changed them." if e.changed_by else "")
    )
    with np.errstate(all="ignore"):  # of a network that has diverged
        return Page(title, (Text(about), *why_not_finite(e), Text(HOW_TO_READ)), _Contents(e).sections())


class _Contents:
    """The sections of a step."""

    def __init__(self, e: StepNumbers) -> None:
        self._step = e
        self._selection = Selection.of(e)

    def sections(self) -> tuple[Section, ...]:
        layers = self._step.layers
        forward = Section("Forward", (), tuple(map(self._forward, layers)))
        back = [self._backward(layer) for layer in reversed(layers) if "output" in layer.gradients]
        return forward, self._loss(), Section("Backward", (), tuple(back)), self._update()

    def _forward(self, layer: ExplainedLayer) -> Section:
        blocks: list[Block] = [Formula("formula", layer.formula, layer.settings)] if layer.formula else []
        shapes = ", ".join(f"{_symbol(name)} {value.shape}" for name, value in layer.values.items())
        blocks.append(Text(f"Shapes: {shapes}."))
        blocks += inputs_of(layer, self._step)
        if layer.shared:
            blocks.append(Text(f"It shares {listed(layer.shared.values())} with another layer."))
        shown = [name for name in layer.values if name != "input" or layer.name == "0"]
        blocks += [_array(name, layer.values[name]) for name in shown]
        blocks += _inside(layer)
        output = layer.values["output"]
        if layer.graph is None:
            blocks.append(Text(_UNTRACED))
        else:
            arithmetic = ForwardLines(layer.graph)
            blocks += windows(layer, arithmetic)
            gradient = layer.gradients.get("output")
            share = None if gradient is None else gradient * output
            indices = self._selection.elements(output.size, share, gradient, output)
            left_out = remark(len(indices), output.size, "those with the largest value times gradient")
            blocks.append(self._lines("with numbers", map(arithmetic.of_output, indices), left_out))
        return Section(f"{layer.name}  {layer.title}", tuple(blocks))

    def _loss(self) -> Section:
        part = self._step.loss_part
        blocks: list[Block] = [Formula("formula", part.formula, part.settings)] if part.formula else []
        if part.activation is not None:
            taken = f"The loss takes {part.activation} in, in one stable formula. "
            blocks.append(Text(f"{taken}Its predictions are the input of {part.activation}."))
        blocks += target_cells(self._step)
        blocks += [ArrayBlock(name, value) for name, value in part.values.items() if name != "loss"]
        if part.graph is not None:
            blocks.append(self._lines("with numbers", [ForwardLines(part.graph).of_output(0)], ""))
        if part.gradient_formula:
            blocks.append(Formula("derivative", part.gradient_formula))
        gradient = part.gradients["predictions"]
        blocks.append(ArrayBlock("dpredictions", gradient))
        if part.graph is not None:
            blocks.append(self._gradient_lines(BackwardLines(part.graph), "predictions", gradient))
        blocks += self._penalties()
        return Section(f"Loss  {part.title} = {number_text(float(part.values['loss']))}", tuple(blocks))

    def _penalties(self) -> list[Block]:
        """Return what the penalties add to the loss, and their formulas."""
        found = self._step.penalties
        if not found:
            return []
        data = float(self._step.loss_part.values["loss"])
        rows = [("loss", data), *((f"{penalty.title} of {name}", penalty.value) for name, penalty in found.items())]
        rows.append(("loss with penalties", self._step.loss))
        table = Table("penalties", ("part", "value"), tuple(rows))
        return [*formulas_of(found.values()), table]

    def _backward(self, layer: ExplainedLayer) -> Section:
        blocks: list[Block] = [Formula("derivative", layer.gradient_formula)] if layer.gradient_formula else []
        shown = [name for name in ("output", *_own(layer), "input") if name in layer.gradients]
        blocks += [_array(name, layer.gradients[name], "d") for name in shown]
        if layer.graph is not None:
            arithmetic = BackwardLines(layer.graph)
            names = [entry.name for entry in layer.graph.entries if entry.statement is None]
            for name in (*_own(layer), "input"):
                if name in layer.gradients and _symbol(name) in names:
                    blocks.append(self._gradient_lines(arithmetic, _symbol(name), layer.gradients[name]))
        return Section(f"{layer.name}  {layer.title}", tuple(blocks))

    def _gradient_lines(self, arithmetic: BackwardLines, name: str, gradient: Array) -> Lines:
        indices = self._selection.elements(gradient.size, gradient)
        found = (arithmetic.of_given(name, index) for index in indices)
        return self._lines(f"d{name} with numbers", found, remark(len(indices), gradient.size, _BY_GRADIENT))

    def _lines(self, title: str, found: Iterable[list[Line]], left_out: str) -> Lines:
        lines, cut = self._selection.lines(found)
        return Lines(title, lines, with_cut(left_out, cut))

    def _update(self) -> Section:
        e = self._step
        blocks = update_blocks(e)
        for name, terms in e.updates.items():
            indices = self._selection.elements(terms["total"].size, terms["total"])
            if not self._selection.is_everything or is_more_than_gradient(e, name):
                blocks.append(memory_table(e, name, indices))
            blocks.append(update_table(e, name, indices))
        return Section(f"Update  {e.optimizer}", tuple(blocks))


def formulas_of(parts: Iterable[NamedPart]) -> list[Block]:
    """Return the formulas of components, each once, with their settings."""
    named = {part.title: part for part in parts if part.formula}
    return [Formula(part.title, part.formula, part.settings) for part in named.values()]


def update_blocks(e: StepNumbers) -> list[Block]:
    """Return the formulas that lead to the changes, and the step size."""
    rule, *within = e.rules
    blocks: list[Block] = [Formula("formula", rule.formula, rule.settings)] if rule.formula else []
    schedule = [e.schedule] if e.schedule is not None else []
    blocks += formulas_of([*within, *schedule, *e.constraints.values()])
    how = f"The step size is {number_text(e.lr)}."
    if e.schedule is not None:
        how = f"{how[:-1]}: the schedule {e.schedule.title} changes the {number_text(e.base_lr)} of the optimizer."
    kept = list(dict.fromkeys(name for given in e.memory.values() for name in given if name != "g"))
    remembered = f", and remembers {listed(kept)} of the steps before" if kept else ""
    given = f"The optimizer is given the gradient g{remembered}."
    blocks.append(Text(f"{how} The terms of a row add up to its change. {given}"))
    return blocks


def update_table(e: StepNumbers, name: str, indices: list[int]) -> Table:
    """Return the terms of the change of some elements of one parameter."""
    terms, before = e.updates[name], e.parameters[name]
    total = terms["total"]
    parts = {term: values for term, values in terms.items() if term != "total"}
    named = {"before": before, **parts, "change": total, "after": before + total}
    remarks = [remark(len(indices), total.size, "those that change most"), *_remarks(e, name)]
    return _table_of(name, named, indices, " ".join(filter(None, remarks)))


def memory_table(e: StepNumbers, name: str, indices: list[int]) -> Table:
    """Return what the optimizer is given for some elements of one parameter: the gradient, and what it remembers."""
    return _table_of(name, e.memory[name], indices, "")


def is_more_than_gradient(e: StepNumbers, name: str) -> bool:
    """Tell whether the optimizer is given more than the gradient that the way back shows."""
    given = e.memory[name]
    is_shown = len(e.places_of(name)) == 1 and np.array_equal(given["g"], e.gradients[name])
    return len(given) > 1 or not is_shown


def _table_of(name: str, arrays: dict[str, Array], indices: list[int], left_out: str) -> Table:
    """Return some elements of arrays of one shape, a row each."""
    shape = next(iter(arrays.values())).shape
    rows: list[tuple[str | float, ...]] = [
        (element_name(name, shape, index), *(float(values.flat[index]) for values in arrays.values()))
        for index in indices
    ]
    return Table(name, ("weight", *arrays), tuple(rows), left_out)


def _remarks(e: StepNumbers, name: str) -> list[str]:
    """Return what is special of a parameter: the step size of its layer, and the layers that share it."""
    found = []
    size = e.step_sizes[name]
    if size != e.lr:
        found.append(f"The step size is {number_text(size)} here: lr_scale is {number_text(size / e.lr)}.")
    places = [f"d{within} of layer {layer.name}" for layer, within in e.places_of(name)]
    if len(places) > 1:
        found.append(f"Several layers share it, and its gradient is the sum of {listed(places)}.")
    return found


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them: "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _array(name: str, value: Array, before: str = "") -> ArrayBlock:
    if name not in ("input", "output"):
        return ArrayBlock(before + _symbol(name), value, "kernel")
    axes = ("sample", "row", "column", "channel")[: value.ndim]
    return ArrayBlock(before + _symbol(name), value, "images", axes=axes if len(axes) == value.ndim else ())


def _inside(layer: ExplainedLayer) -> list[ArrayBlock]:
    """Return what the layer computes on the way, by the names of its author; what a loop computes, in one array."""
    blocks = []
    for name, variable in layer.graph.variables.items() if layer.graph is not None else ():
        arrays, axes = variable.arrays, variable.axes
        shapes = {array.shape for array in arrays}
        if len(shapes) > 1 or sum(array.size for array in arrays) > _LARGEST_INSIDE:
            continue
        value = arrays[0]
        if np.isnan(value).any() and not np.isnan(layer.values["output"]).any():  # memory that was never written
            continue
        if len(arrays) > 1:
            # A step of a loop is a row, and a sample is a picture.
            axis = 1 if value.ndim > 1 else 0
            value = np.stack(arrays, axis=axis)
            axes = (*axes[:axis], variable.count, *axes[axis:]) if axes else ()
        title = name if variable.words == name else f"{name}  {variable.words.rpartition('.')[2]}"
        blocks.append(ArrayBlock(title, value, axes=axes))
    return blocks[:_MOST_INSIDE]


def _own(layer: ExplainedLayer) -> list[str]:
    return [name for name in layer.values if name not in ("input", "output")]


def _symbol(name: str) -> str:
    """Return what formulas call the input and the output."""
    return {"input": "x", "output": "y"}.get(name, name)
