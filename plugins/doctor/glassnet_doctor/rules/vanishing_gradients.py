"""Vanishing gradients: each layer hands on less of the gradient, and the first ones learn nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.depth import gradients_by_depth
from glassnet_doctor.remedies import ways

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class VanishingGradients(gn.Rule):
    """Finds gradients that shrink from layer to layer, from the last one to the first."""

    ratio: float = gn.option(1e-3, gt=0, lt=1, log=True, help="gradient of the first layer by that of the last")

    reference = (
        "Hochreiter (1998), The Vanishing Gradient Problem, Int. J. of Uncertainty 6(2); Glorot and Bengio (2010)"
    )

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if case.is_trained and case.learned > 0.5:
            return
        measured = gradients_by_depth(case)
        if measured is None or not 0 < measured.ratio < self.ratio:
            return
        yield self.finding(
            0.95,
            measured.first.where,
            f"the gradient is {measured.ratio:.1e} times that of {measured.last.where}",
            ways(
                case,
                "use fewer layers",
                "residual(...) blocks",
                he_normal="relu with weight_init='he_normal'",
                batch_norm="batch_norm",
            ),
            ratio=measured.ratio,
            factor_a_layer=measured.factor,
            layers=measured.depth,
        )
