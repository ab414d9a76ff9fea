"""Dropout that is too strong: hardly anything gets through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.structure import leaves_of

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class DropoutTooStrong(gn.Rule):
    """Finds dropout that hides most values, unless the training goes well all the same."""

    rate: float = gn.option(0.8, gt=0, lt=1, help="part of the values that may be hidden")

    reference = "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout, JMLR 15, section 7.3"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if case.is_trained and case.learned > 0.95:
            return
        for placed in leaves_of(case.network.layers):
            layer = placed.layer
            if placed.name == "dropout" and layer.options["rate"] > self.rate:
                yield self.finding(
                    0.93,
                    f"layer {placed.text}",
                    f"only {1 - layer.options['rate']:.0%} of the values get through in training",
                    "use a rate of 0.2 to 0.5",
                    rate=layer.options["rate"],
                    part_that_is_left=1 - layer.options["rate"],
                )
                return
