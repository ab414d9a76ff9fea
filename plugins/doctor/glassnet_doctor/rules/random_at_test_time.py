"""Random numbers outside training: the same sample gets another answer each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.foreign import foreign_in, where_is

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class RandomAtTestTime(gn.Rule):
    """Runs a few samples twice outside training, with two seeds, if a layer is not one of glassnet's."""

    reference = "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout, JMLR 15, section 4"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        suspects = foreign_in(case.network.layers)
        if not suspects:
            return
        once, again = (self._outputs(case, seed) for seed in (0, 1))
        difference = float(np.max(np.abs(once - again)))
        if difference > 1e-4 * max(float(np.max(np.abs(once))), 1e-12):
            yield self.finding(
                0.99,
                where_is(case, suspects[0]),
                "the network answers at random: two predictions of the same samples differ",
                "look at ctx.training in forward, and return the input as it is outside training",
                largest_difference=difference,
            )

    def _outputs(self, case: Case, seed: int) -> gn.Array:
        network = case.network
        with network.workspace(training=False, step=seed, seed=seed) as ctx:
            y, _ = network.sequence.forward(network.parameter_views, case.batch[0][:32], ctx)
            return np.array(y)
