"""A first loss that is far above that of guessing: the network starts with strong and wrong opinions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class InitialLossTooHigh(gn.Rule):
    """Finds a loss before the first step that is several times that of guessing, in a training that does badly."""

    times: float = gn.option(5.0, gt=1, help="first loss by that of guessing from which it is too high")

    is_symptom = True
    reference = "Karpathy (2019), A Recipe for Training Neural Networks, step 2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if case.start is None or (case.is_trained and case.learned > 0.3) or not case.guess > 0:
            return
        first = case.start.loss
        if not first > self.times * case.guess + 1:
            return
        yield self.finding(
            0.6,
            "the first parameters",
            f"the loss before the first step is {first / case.guess:.3g} times that of guessing",
            "scale inputs and targets, and use smaller first weights in the last layer",
            first_loss=first,
            loss_of_guessing=case.guess,
        )
