"""First weights of the wrong size: signals shrink or grow from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class PoorInitialization(gn.Rule):
    """Finds first weights that are far from those that keep the variance from layer to layer.

    That is a standard deviation of about 1 / sqrt(inputs of a unit). The last layer may start smaller.
    """

    factor: float = gn.option(8.0, gt=1, help="how far from that the weights have to be")

    reference = "He, Zhang, Ren and Sun (2015), Delving Deep into Rectifiers, ICCV, section 2.2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if case.is_trained and case.learned > 0.8:
            return
        sizes = self._first_sizes(case)
        pieces = [piece for piece in case.network.layout.pieces if piece.name.endswith("weights")]
        if len(pieces) < 2:
            return
        worst, gain = "", 1.0
        for piece in pieces[:-1]:
            inputs = math.prod(piece.parameter.shape[:-1])
            here = sizes.get(piece.name, 0.0) * math.sqrt(inputs)
            if here > 0 and abs(math.log(here)) > abs(math.log(gain)):
                worst, gain = piece.name, here
        if 1 / self.factor < gain < self.factor:
            return
        yield self.finding(
            0.9,
            f"'{worst}'",
            f"the first weights are {gain:.2g} times as large as keeps the variance from layer to layer",
            "leave out weight_init, or give weight_init='he_normal' before relu and 'glorot_uniform' before tanh",
            rms_of_weights=sizes[worst],
            times_as_large=gain,
        )

    def _first_sizes(self, case: Case) -> dict[str, float]:
        """Return the size of each parameter before the first step; empty if it is not known."""
        if case.record is not None and case.record.samples and case.record.samples[0].step == 0:
            return {name: each.rms for name, each in case.record.samples[0].parameters.items()}
        if case.is_trained:
            return {}
        return {
            piece.name: float((piece.view(case.network.flat_parameters) ** 2).mean()) ** 0.5
            for piece in case.network.layout.pieces
        }
