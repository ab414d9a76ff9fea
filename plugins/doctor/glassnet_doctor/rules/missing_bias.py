"""A missing bias: units cannot move where they bend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.structure import leaves_of

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

_SHIFTS = ("batch_norm", "layer_norm")


class MissingBias(gn.Rule):
    """Finds layers with weights and without bias, if no normalization behind them shifts their outputs."""

    reference = "Bishop (2006), Pattern Recognition and Machine Learning, section 5.1"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        leaves = list(leaves_of(case.network.layers))
        without = [
            each
            for each, behind in zip(leaves, [*leaves[1:], None], strict=True)
            if each.layer.options.get("bias") is False and (behind is None or behind.name not in _SHIFTS)
        ]
        if not without:
            return
        places = ", ".join(each.text for each in without)
        yield self.finding(
            0.9,
            f"layer{'s'[: len(without) - 1]} {places}",
            "without a bias, each unit gives 0 for an input of 0",
            "leave out bias=False; it makes sense in front of batch_norm alone",
            layers_without_bias=len(without),
        )
