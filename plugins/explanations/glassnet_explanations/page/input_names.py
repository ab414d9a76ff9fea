"""The names of a network's inputs on a page: the columns that they come from."""

from __future__ import annotations

from glassnet_explanations.page.blocks import Text
from glassnet_explanations.step_numbers import ExplainedLayer

_MOST_NAMES = 40


def named_inputs(layer: ExplainedLayer, names: tuple[str, ...]) -> list[Text]:
    """Return which column each input of the first layer is, or nothing where they have no names."""
    if layer.name != "0" or not names:
        return []
    told = [f"x[:, {place}] is {name}" for place, name in enumerate(names[:_MOST_NAMES])]
    left_out = f", and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return [Text(f"Inputs: {', '.join(told)}{left_out}.")]
