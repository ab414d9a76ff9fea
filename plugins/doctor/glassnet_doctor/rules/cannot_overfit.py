"""A network that cannot learn 50 samples by heart: something is wrong with it, and not with the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.trial import trial_loss

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class CannotOverfit(gn.Rule):
    """Trains a network that does not learn anew on 50 samples alone."""

    samples: int = gn.option(50, ge=2, help="number of samples")

    is_symptom = True
    needs = ("options",)
    reference = "Karpathy (2019), A Recipe for Training Neural Networks, step 2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if not case.does_not_learn:
            return
        loss = trial_loss(case, samples=self.samples, least_steps=300)
        if loss < 0.9 * case.guess:
            return
        yield self.finding(
            0.5,
            "the network and its options",
            f"even {self.samples} samples alone are not learnt in 300 steps",
            "see the other findings; try loss, last layer and learning rate on these samples first",
            samples=self.samples,
            loss=loss,
            loss_of_guessing=case.guess,
        )
