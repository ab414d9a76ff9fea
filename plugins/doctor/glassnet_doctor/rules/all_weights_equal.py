"""All weights equal: the units of a layer compute the same, get the same gradient, and stay the same for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class AllWeightsEqual(gn.Rule):
    """Finds hidden layers whose units have equal weights, equal outputs and equal gradients.

    A last layer of zeros, or a single layer, is fine: its units get different gradients.
    """

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 8.4"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        weighted = [each for each in case.now.layers if each.weights is not None]
        for layer in weighted[:-1]:
            weights = layer.weights
            assert weights is not None
            if layer.alike and weights.units_alike and layer.units > 1:
                yield self.finding(
                    0.98,
                    layer.where,
                    f"all {layer.units} units have the same weights, outputs and gradients",
                    "build the network anew with random first weights: leave out weight_init, or give 'he_normal'",
                    units=layer.units,
                    spread_of_weights=weights.spread,
                )
                return
