"""Saturated units: sigmoid or tanh at their bounds, where the derivative is almost 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.remedies import ways
from glassnet_doctor.structure import leaves_of

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class SaturatedUnits(gn.Rule):
    """Finds hidden layers whose outputs are at a bound from the start, or of a network that does not learn."""

    share: float = gn.option(0.6, gt=0, le=1, help="part of the outputs within 2 % of a bound")

    reference = "Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward networks, AISTATS"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        is_from_start = case.start is not None
        vitals = case.start if case.start is not None else case.now
        if case.is_trained and case.learned > (0.8 if is_from_start else 0.5):
            return
        last = list(leaves_of(case.network.layers))[-1].place
        hidden = [each for each in vitals.layers if each.is_activation and each.place != last]
        worst = max(hidden, key=lambda each: each.saturated, default=None)
        if worst is None or worst.saturated < self.share:
            return
        yield self.finding(
            0.94 if is_from_start else 0.85,
            worst.where,
            f"{worst.saturated:.0%} of the outputs are at a bound{' from the start' if is_from_start else ''}",
            ways(
                case,
                "use smaller first weights",
                "scale the inputs",
                glorot_uniform="give weight_init='glorot_uniform'",
                relu="use relu",
            ),
            saturated=worst.saturated,
            spread_of_outputs=worst.output_std,
        )
