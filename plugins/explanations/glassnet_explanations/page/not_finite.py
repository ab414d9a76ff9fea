"""Why a step is NaN or infinite: the first number on the way forward that is not finite."""

from __future__ import annotations

import numpy as np

from glassnet_explanations.arithmetic.forward_lines import ForwardLines
from glassnet_explanations.arithmetic.line import element_name
from glassnet_explanations.page.blocks import Block, Lines, Text
from glassnet_explanations.step_numbers import ExplainedLayer, StepNumbers


def why_not_finite(e: StepNumbers) -> list[Block]:
    """Return where the numbers of a step stop being finite; nothing if its loss is finite."""
    if np.isfinite(e.loss):
        return []
    for layer in e.layers:
        for name, value in layer.values.items():
            bad = np.flatnonzero(~np.isfinite(value))
            if bad.size and name != "output":
                symbol = element_name({"input": "x"}.get(name, name), value.shape, int(bad[0]))
                return [Text(f"The first number that is not finite is {symbol} of layer {layer.name}, {layer.title}.")]
            if bad.size:
                return _of(layer, f"layer {layer.name}, {layer.title}", int(bad[0]))
    return _of(e.loss_part, f"the loss {e.loss_part.title}", 0)


def _of(layer: ExplainedLayer, where: str, index: int) -> list[Block]:
    """Return the line of the first operation that is not finite, on the way to an element of the output."""
    told = Text(f"The first number that is not finite comes from {where}.")
    lines = [] if layer.graph is None else ForwardLines(layer.graph).of_output(index)
    first = next((line for line in lines if not np.isfinite(line.value)), None)
    return [told] if first is None else [told, Lines("where it comes from", (first,))]
