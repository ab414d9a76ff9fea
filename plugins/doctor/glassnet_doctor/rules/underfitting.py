"""Underfitting: the network does worse than looking at the nearest neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.answers import answered_classes, answers_well
from glassnet_doctor.neighbours import skill

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class Underfitting(gn.Rule):
    """Finds a trained network that tells its training targets much worse than the five nearest neighbours do."""

    gap: float = gn.option(0.25, gt=0, lt=1, help="how much worse: of accuracy beyond chance, or of variance explained")

    is_symptom = True
    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 5.2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        targets = case.labels if case.labels is not None else case.values
        if not case.is_trained or targets is None or case.neighbours is None or case.learned > 0.8:
            return
        if answers_well(case):
            return
        count = len(case.neighbours)
        told = skill(case.neighbours, targets[:count], are_classes=case.labels is not None)[0]
        predictions = case.predicted(case.inputs[:count])
        own = self._own_skill(case, predictions, targets[:count])
        if told - own < self.gap:
            return
        yield self.finding(
            0.55,
            "the network",
            f"it tells {own:.0%} of the targets beyond guessing, and the nearest neighbours {told:.0%}",
            "use wider layers or more of them, train for more epochs, or see the other findings",
            skill=own,
            skill_of_neighbours=told,
            parameters=case.network.layout.size,
        )

    def _own_skill(self, case: Case, predictions: gn.Array, targets: gn.Array) -> float:
        if case.labels is None:
            error = np.mean((predictions.reshape(-1) - targets) ** 2)
            return float(max(0.0, 1 - error / max(targets.var(), 1e-12)))
        chance = float(np.sum((np.unique(targets, return_counts=True)[1] / len(targets)) ** 2))
        hits = float(np.mean(answered_classes(predictions, case.loss) == targets))
        return max(0.0, (hits - chance) / max(1 - chance, 1e-12))
