"""What the inputs of a network are on a page: the cells of a table, or the names of the columns they come from."""

from __future__ import annotations

from glassnet_explanations.page.blocks import Block, Text
from glassnet_explanations.page.table_blocks import input_cells
from glassnet_explanations.step_numbers import ExplainedLayer, StepNumbers

_MOST_NAMES = 40


def inputs_of(layer: ExplainedLayer, e: StepNumbers) -> list[Block]:
    """Return which cell or column each input of the first layer is, or nothing where they have no names."""
    if layer.name != "0":
        return []
    if e.table is not None and e.input_names:
        return input_cells(e.table, layer.values["input"])
    return _named_inputs(e.input_names)


def _named_inputs(names: tuple[str, ...]) -> list[Block]:
    if not names:
        return []
    told = [f"x[:, {place}] is {name}" for place, name in enumerate(names[:_MOST_NAMES])]
    left_out = f", and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return [Text(f"Inputs: {', '.join(told)}{left_out}.")]
