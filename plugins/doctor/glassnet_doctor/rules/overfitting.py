"""Overfitting: the network knows the training data by heart, and answers others no better than guessing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.answers import answers_well
from glassnet_doctor.remedies import ways

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class Overfitting(gn.Rule):
    """Finds a loss that is small on the training data and about that of guessing on others, with wrong answers.

    A few answers that are wrong and very sure make a loss large. A network that does well on
    other data does not overfit.
    """

    share: float = gn.option(0.75, gt=0, le=1, help="validation loss by that of guessing from which it is overfitting")

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 5.2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        other = case.validation_loss
        if other is None and case.history.get("val_loss"):
            other = case.history["val_loss"][-1]
        if other is None or not case.is_trained or case.learned < 0.6 or other < self.share * case.guess:
            return
        if answers_well(case):
            return
        yield self.finding(
            0.8,
            "the network and its training data",
            f"the loss is {case.present_loss:.3g} on the training data and {other:.3g} on others",
            ways(
                case,
                "give more data",
                "a smaller network",
                dropout="dropout",
                l2="regularizer='l2(1e-4)'",
                early_stopping="the callback early_stopping",
            ),
            training_loss=case.present_loss,
            validation_loss=other,
            loss_of_guessing=case.guess,
            parameters_a_sample=case.network.layout.size / len(case.train),
        )
