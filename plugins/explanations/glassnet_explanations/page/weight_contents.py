"""The contents of the page of one weight: where it goes in, where its gradient comes from, and its change."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from glassnet_explanations.arithmetic.backward_lines import BackwardLines
from glassnet_explanations.arithmetic.line import element_name, number_text
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.page.blocks import Block, Chart, Formula, Lines, Page, Section, Table, Text
from glassnet_explanations.page.contents import memory_table, update_blocks, update_table
from glassnet_explanations.page.selection import Selection, with_cut
from glassnet_explanations.step_numbers import StepNumbers
from glassnet_explanations.weight_history import WeightHistory

_ROWS = 12


def section_of_course(history: WeightHistory, remark: str) -> Section:
    """Return the section that shows one weight through a training."""
    parts = {name: values for name, values in history.terms.items() if name != "total" and values.any()}
    charts: tuple[Block, ...] = (
        Chart("value", {"value": history.values}, counted="after step"),
        Chart("gradient", {"gradient": history.gradients}, first=1),
        Chart("terms of the change", {"change": history.terms["total"], **parts}, first=1, whole="change"),
    )
    count = len(history.gradients)
    shown = np.unique(np.linspace(0, count - 1, min(count, _ROWS)).astype(int))
    named = {
        "value": history.values,
        "gradient of the loss": history.gradients,
        **parts,
        "change": history.terms["total"],
    }
    rows: list[tuple[str | float, ...]] = [
        (f"step {step + 1}", *[float(values[step]) for values in named.values()]) for step in shown
    ]
    moved = np.flatnonzero(history.gradients)
    still = count - 1 - int(moved[-1]) if moved.size else count
    if still > 1:
        remark += f" Its gradient is 0 from step {count - still + 1} to the last."
    left_out = "" if len(shown) == count else f"{len(shown)} of {count:,} steps."
    table = Table(history.weight, ("step", *named), tuple(rows), left_out)
    return Section("Through the training", (Text(remark), *charts, table))


def page_of_weight(e: StepNumbers, weight: str) -> Page:
    """Return the page that follows one weight through a step.

    Raises
    ------
    OptionError
        If there is no such weight.
    """
    name, index = parse_element(weight, e.parameters)
    number = name.partition(".")[0]
    layer = e.layers[int(number)]
    value, gradient = e.parameters[name].flat[index], e.gradients[name].flat[index]
    title = element_name(name, e.parameters[name].shape, index)
    about = Text(
        f"{title} belongs to layer {number}, {layer.title}. Its value is {number_text(value)}, and the derivative of "
        f"the loss by it is {number_text(gradient)}."
    )
    sections = [Section("Gradient", (*_dead_unit(e, int(number), name, index), *_gradient(e, name, index)))]
    if name in e.updates:
        table = attrs.evolve(update_table(e, name, [index]), left_out="")
        sections.append(Section(f"Update  {e.optimizer}", (*update_blocks(e), memory_table(e, name, [index]), table)))
    else:
        sections.append(Section("Update", (Text("It is not trained."),)))
    return Page(title, (about,), tuple(sections))


def _dead_unit(e: StepNumbers, number: int, name: str, index: int) -> list[Text]:
    """Return what to say of a weight whose unit gives 0 for all samples behind its activation, or nothing."""
    shape = e.parameters[name].shape
    behind = e.layers[number + 1].values["output"] if number + 1 < len(e.layers) else np.ones(1)
    if e.gradients[name].flat[index] != 0 or not shape or behind.shape[-1] != shape[-1]:
        return []
    unit = int(np.unravel_index(index, shape)[-1])
    if behind[..., unit].any():
        return []
    return [
        Text(
            f"{e.layers[number + 1].title} gives 0 at unit {unit} for all samples of the step, so no gradient arrives: "
            "on these samples the unit is dead."
        )
    ]


def _gradient(e: StepNumbers, name: str, index: int) -> Iterator[Block]:
    """Yield where the gradient of an element comes from, in each layer that has the parameter."""
    places = e.places_of(name)
    for layer, within in places:
        where = f" in layer {layer.name}" if len(places) > 1 else ""
        if layer.gradient_formula:
            yield Formula(f"derivative{where}", layer.gradient_formula)
        if layer.graph is not None:
            lines, cut = Selection.of(e).lines([BackwardLines(layer.graph).of_given(within, index)])
            yield Lines(f"where its gradient comes from{where}", lines, with_cut("", cut))
    if len(places) > 1:
        yield Text("Its gradient is the sum of these.")
