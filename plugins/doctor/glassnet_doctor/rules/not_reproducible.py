"""A run that is not reproducible: a layer draws random numbers that no seed decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.foreign import foreign_in, where_is

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class NotReproducible(gn.Rule):
    """Runs a few samples twice as in training, with one seed, if a layer is not one of glassnet's."""

    reference = "Pineau et al. (2021), Improving Reproducibility in Machine Learning Research, JMLR 22"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        suspects = foreign_in(case.network.layers)
        if not suspects:
            return
        once, again = self._outputs(case), self._outputs(case)
        difference = float(np.max(np.abs(once - again)))
        if difference > 0:
            yield self.finding(
                0.98,
                where_is(case, suspects[0]),
                "two passes with one seed differ, so the training cannot be repeated",
                "draw random numbers from ctx.rng in forward, and from no other generator",
                largest_difference=difference,
            )

    def _outputs(self, case: Case) -> gn.Array:
        network = case.network.copy()
        with network.workspace(training=True, step=0, seed=0) as ctx:
            y, _ = network.sequence.forward(network.parameter_views, case.batch[0][:32], ctx)
            return np.array(y)
