"""Batches that are too small for the learning rate: each step follows a sample or two, and undoes the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.trial import trial_loss
from glassnet_doctor.updates import largest_ratio

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class BatchTooSmall(gn.Rule):
    """Finds batches of a few samples in a training that goes much better with batches of 32 and the same steps."""

    least: int = gn.option(4, ge=2, help="batch size that is not reported")

    needs = ("options", "record")
    reference = "Smith, Kindermans, Ying and Le (2018), Don't Decay the Learning Rate, Increase the Batch Size, ICLR"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.options is not None
        assert case.record is not None
        size = case.options.batch_size
        if size >= self.least or len(case.train) < 32 or case.learned > 0.9 or largest_ratio(case) < 2e-3:
            return
        larger = trial_loss(case, batch_size=32)
        here = min(trial_loss(case), case.present_loss)
        if larger > 0.6 * here:
            return
        yield self.finding(
            0.94,
            f"batch_size={size}",
            f"with batches of {size}, gradients are mostly noise at this learning rate",
            "use batch_size=32, or a learning rate that is smaller by the same factor",
            batch_size=size,
            loss=here,
            loss_with_batches_of_32=larger,
        )
