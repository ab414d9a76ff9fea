"""A plateau: the loss has stopped falling, and is still high."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.remedies import ways

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class Plateau(gn.Rule):
    """Finds a loss that is about the same in the second half of a training that did not get far."""

    is_symptom = True
    needs = ("history",)
    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 8.2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        losses = np.array(case.history.get("loss", []))
        if len(losses) < 10 or case.learned > 0.3 or not np.isfinite(losses).all():
            return
        half = losses[len(losses) // 2 :]
        fall = float((half[: len(half) // 2].mean() - half[len(half) // 2 :].mean()) / max(abs(half.mean()), 1e-12))
        if fall > 0.002:
            return
        yield self.finding(
            0.45,
            f"epochs {len(losses) // 2 + 1} to {len(losses)}",
            "the loss is the same in the second half of the training, and still high",
            ways(case, "try another learning rate", "other layers", reduce_on_plateau="schedule='reduce_on_plateau'"),
            fall_of_loss=fall,
            loss=losses[-1],
            loss_of_guessing=case.guess,
        )
