"""Too few steps: batches so large, or epochs so few, that the training ends before it has begun."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.answers import answers_well
from glassnet_doctor.trial import trial_loss

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

# Steps of the trial that tells whether more of them help.
_ENOUGH = 300


class TooFewSteps(gn.Rule):
    """Finds a training of few steps that goes much better with more of them: with smaller batches, or more epochs.

    A loss falls on for long after the answers are right, so a network that does well on other data had enough steps.
    """

    least: int = gn.option(30, ge=1, help="number of steps below which even good answers are luck")
    most: int = gn.option(150, ge=1, help="number of steps from which there are enough")

    needs = ("options", "record", "history")
    reference = "Keskar et al. (2017), On Large-Batch Training for Deep Learning, ICLR"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.options is not None
        assert case.record is not None
        record, size = case.record, case.options.batch_size
        far_enough = 0.8 if record.steps < self.least else 0.6
        if record.diverged or case.was_only_tried or record.steps >= self.most or case.learned > far_enough:
            return
        if len(case.history["loss"]) < case.options.epochs:
            return  # it was stopped
        if record.steps >= self.least and answers_well(case):
            return
        samples = len(case.train)
        is_large = size > 32 and (record.steps_per_epoch or 0) <= max(4, samples // 256)
        epochs = max(2 * case.options.epochs, -(-_ENOUGH // max(record.steps_per_epoch or 1, 1)))
        longer = trial_loss(case, least_steps=_ENOUGH, **({"batch_size": 32} if is_large else {}))
        if longer > 0.6 * case.present_loss:
            return
        yield self.finding(
            0.95,
            f"batch_size={size}" if is_large else f"epochs={case.options.epochs}",
            f"the training took {record.steps} steps, and more of them make the loss much lower",
            "use smaller batches, such as batch_size=32"
            if is_large
            else f"train for more epochs, such as epochs={epochs}",
            steps=record.steps,
            steps_per_epoch=record.steps_per_epoch or 0,
            loss=case.present_loss,
            loss_after_300_steps=longer,
        )
