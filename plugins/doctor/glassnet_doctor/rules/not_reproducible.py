"""A run that is not reproducible: a layer draws random numbers that no seed decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.foreign import difference_of_passes, foreign_in, where_is

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class NotReproducible(gn.Rule):
    """Runs a few samples twice as in training, with one seed, if a layer is not one of glassnet's."""

    reference = "Pineau et al. (2021), Improving Reproducibility in Machine Learning Research, JMLR 22"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        suspects = foreign_in(case.network.layers)
        if not suspects:
            return
        difference = difference_of_passes(case)
        if difference > 0:
            yield self.finding(
                0.98,
                where_is(case, suspects[0]),
                "two passes with one seed differ, so the training cannot be repeated",
                "draw random numbers from ctx.rng in forward, and from no other generator",
                largest_difference=difference,
            )
