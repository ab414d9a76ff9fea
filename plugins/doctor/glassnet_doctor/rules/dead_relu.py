"""Dead relu units: they give 0 for every sample, so no gradient reaches what is before them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.answers import answers_well

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class DeadRelu(gn.Rule):
    """Finds layers whose relu units are almost all 0 for every sample.

    A few dead units are common in healthy networks. Only a layer that lets next to nothing through is reported.
    """

    share: float = gn.option(0.9, gt=0, le=1, help="part of the units that have to be dead")

    reference = "Lu, Shin, Su and Karniadakis (2020), Dying ReLU and Initialization, Commun. Comput. Phys. 28(5)"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        layers = case.now.layers
        at_start = {each.place: each.dead for each in case.start.layers} if case.start is not None else {}
        for before, layer in zip([None, *layers], layers, strict=False):
            is_alike = before is not None and before.weights is not None and before.weights.units_alike
            if layer.dead < self.share or is_alike:
                continue
            if layer.rows < 50 and layer.dead < 1:
                continue
            first = at_start.get(layer.place)
            died = case.is_trained and first is not None and first < self.share
            if died and answers_well(case):
                return  # the units that are left are enough
            yield self.finding(
                0.75 if died else 0.96,
                layer.where,
                f"{layer.dead:.0%} of the units give 0 for every sample{', and did not at the start' if died else ''}",
                "lower the learning rate, and build the network anew"
                if died
                else "build the network anew with weight_init='he_normal' and biases of zero, or use leaky_relu",
                dead_units=layer.dead * layer.units,
                units=layer.units,
                samples=layer.rows,
            )
            return  # layers behind it are given nothing
