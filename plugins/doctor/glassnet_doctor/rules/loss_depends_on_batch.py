"""A loss that depends on the size of the batch: a sum where a mean belongs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.foreign import foreign_in

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class LossDependsOnBatch(gn.Rule):
    """Gives a loss that is not one of glassnet's each sample twice: the mean stays the same, and a sum doubles."""

    reference = "Bottou, Curtis and Nocedal (2018), Optimization Methods for Large-Scale Machine Learning, SIAM Review"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if not foreign_in(case.loss):
            return
        x, y = (each[:16] for each in case.batch)
        predictions = case.predicted(x)
        once = float(case.loss.forward(predictions, y))
        twice = float(case.loss.forward(np.concatenate([predictions] * 2), np.concatenate([y] * 2)))
        if once != 0 and abs(twice / once - 1) > 0.2:
            yield self.finding(
                0.99,
                f"loss '{case.loss!r}'",
                "the loss of the same samples is another one if each comes twice, so steps grow with the batch",
                "divide by the number of samples in forward and in backward: np.mean in place of np.sum",
                loss=once,
                loss_with_each_sample_twice=twice,
            )
