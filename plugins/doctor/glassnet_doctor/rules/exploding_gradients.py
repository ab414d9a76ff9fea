"""Exploding gradients: each layer hands on more of the gradient, and the first ones take wild steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.depth import gradients_by_depth
from glassnet_doctor.remedies import ways

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class ExplodingGradients(gn.Rule):
    """Finds gradients that grow from layer to layer, from the last one to the first."""

    ratio: float = gn.option(1e3, gt=1, log=True, help="gradient of the first layer by that of the last")

    reference = "Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks, ICML"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if case.is_trained and case.learned > 0.5:
            return
        measured = gradients_by_depth(case)
        if measured is None or not measured.ratio > self.ratio:
            return
        yield self.finding(
            0.95,
            measured.first.where,
            f"the gradient is {measured.ratio:.1e} times that of {measured.last.where}",
            ways(
                case,
                "use fewer layers",
                "smaller first weights",
                he_normal="weight_init='he_normal'",
                batch_norm="batch_norm",
                clip_norm="the callback clip_norm(1)",
            ),
            ratio=measured.ratio,
            factor_a_layer=measured.factor,
            layers=measured.depth,
        )
