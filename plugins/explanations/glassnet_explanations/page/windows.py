"""A window that slides over an image: which elements of the input each output sees."""

from __future__ import annotations

import numpy as np

from glassnet_explanations.arithmetic.forward_lines import ForwardLines
from glassnet_explanations.page.blocks import ArrayBlock
from glassnet_explanations.step_numbers import ExplainedLayer


def windows(layer: ExplainedLayer, arithmetic: ForwardLines) -> list[ArrayBlock]:
    """Return the first image of a batch several times, each time with what one output sees of it framed.

    These are the first two outputs, the one with the largest value times gradient, and the last one.

    None are returned for a layer whose outputs see one element each, or all of them.
    """
    x, y = layer.values["input"], layer.values["output"]
    if x.ndim != 4 or y.ndim != 4:
        return []
    image = x[0]
    places = [(0, row, column, 0) for row, column in np.ndindex(*y.shape[1:3])]
    share = np.abs(y[0] * layer.gradients["output"][0]).sum(axis=-1) if "output" in layer.gradients else y[0, ..., 0]
    largest = int(np.nan_to_num(share).argmax())
    chosen = [places[number] for number in sorted({0, 1, largest, len(places) - 1})] if len(places) > 1 else places
    found = []
    for place in chosen:
        seen = arithmetic.reach(int(np.ravel_multi_index(place, y.shape)), "x")
        if not 1 < len(seen) < image.size:
            return []
        # A batch of this one image has its indices.
        found.append(
            ArrayBlock(
                f"window at row {place[1]}, column {place[2]}", x[:1, ..., :1], "images", _of_first(seen, x.shape)
            )
        )
    return found


def _of_first(seen: set[int], shape: tuple[int, ...]) -> frozenset[int]:
    """Return the indices in the first channel, as they are in an image of that channel alone."""
    return frozenset(index // shape[-1] for index in seen if index % shape[-1] == 0)
