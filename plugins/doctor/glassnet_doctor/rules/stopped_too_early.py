"""A training that was stopped at once, though it was still getting better."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.trial import trial_loss

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class StoppedTooEarly(gn.Rule):
    """Finds a training that a callback ended after a few of its epochs, and that goes much better if it goes on."""

    share: float = gn.option(0.25, gt=0, lt=1, help="part of the epochs below which an end is early")

    needs = ("options", "record", "history")
    reference = "Prechelt (1998), Early Stopping - But When?, Neural Networks: Tricks of the Trade"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.options is not None
        assert case.record is not None
        epochs = len(case.history["loss"])
        if epochs > self.share * case.options.epochs or case.record.diverged or case.learned > 0.9:
            return
        longer = trial_loss(case, least_steps=300)
        if longer > 0.6 * case.present_loss:
            return
        patience = max([10, *(2 * each.options.get("patience", 0) for each in case.options.callbacks)])
        yield self.finding(
            0.95,
            f"epoch {epochs} of {case.options.epochs}",
            "the training was stopped after a few epochs, and gets better if it goes on",
            f"give a larger patience, such as early_stopping(patience={patience}), and watch the right figure",
            epochs=epochs,
            epochs_wanted=case.options.epochs,
            loss=case.present_loss,
            loss_if_it_goes_on=longer,
        )
