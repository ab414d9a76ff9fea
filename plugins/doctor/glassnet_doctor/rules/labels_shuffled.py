"""Shuffled labels: the targets have nothing to do with the inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.neighbours import skill

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class LabelsShuffled(gn.Rule):
    """Finds targets that are no more alike between neighbours than between strangers.

    If there are validation data, the network must also be like guessing there: neighbours do not see every
    pattern that a network sees.
    """

    least_samples: int = gn.option(100, ge=60, help="number of samples below which nothing is said")

    reference = "Zhang, Bengio, Hardt, Recht and Vinyals (2017), Understanding deep learning requires rethinking "
    reference += "generalization, ICLR"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        targets = case.labels if case.labels is not None else case.values
        if targets is None or case.neighbours is None or len(targets) < self.least_samples:
            return
        told = targets[: len(case.neighbours)]
        if np.ptp(told) == 0 or np.ptp(case.inputs) == 0 or _is_rare(case.labels):
            return
        share, z = skill(case.neighbours, told, are_classes=case.labels is not None)
        if z > 3 or share > 0.05:
            return
        is_confirmed = case.is_trained and case.validation_loss is not None
        if case.is_trained and not self._is_like_guessing(case):
            return
        yield self.finding(
            0.93 if is_confirmed else 0.8,
            "the targets",
            "samples that are alike have targets that are not, as if the targets were shuffled",
            "look at some samples with their targets; shuffle x and y with the same permutation: x[order], y[order]",
            agreement_of_neighbours=share,
            standard_deviations=z,
            samples=len(told),
        )

    def _is_like_guessing(self, case: Case) -> bool:
        """Tell whether the network is like guessing on data that it has not seen, as far as is known."""
        loss = case.validation_loss
        return case.learned < 0.3 if loss is None else not loss < 0.85 * case.guess


def _is_rare(labels: gn.Array | None) -> bool:
    """Tell whether almost all samples are of one class, so that neighbours tell nothing of the others."""
    return labels is not None and bool(np.bincount(labels).max() > 0.9 * len(labels))
