"""A missing bias: units cannot move where they bend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

_SHIFTS = ("batch_norm", "layer_norm")


class MissingBias(gn.Rule):
    """Finds layers with weights and without bias, if no normalization behind them shifts their outputs."""

    reference = "Bishop (2006), Pattern Recognition and Machine Learning, section 5.1"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        layers = case.network.layers
        without = [
            index
            for index, layer in enumerate(layers)
            if layer.options.get("bias") is False
            and (index + 1 == len(layers) or layers[index + 1].title() not in _SHIFTS)
        ]
        if not without:
            return
        places = ", ".join(f"{index} '{layers[index]!r}'" for index in without)
        yield self.finding(
            0.9,
            f"layer{'s'[: len(without) - 1]} {places}",
            "without a bias, each unit gives 0 for an input of 0",
            "leave out bias=False; it makes sense in front of batch_norm alone",
            layers_without_bias=len(without),
        )
