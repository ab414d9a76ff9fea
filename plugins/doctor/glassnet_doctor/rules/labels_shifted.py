"""Shifted labels: each sample has the target of another one, or each class the number of another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.answers import answered_classes
from glassnet_doctor.case import labels_of
from glassnet_doctor.neighbours import neighbours_of, skill

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class LabelsShifted(gn.Rule):
    """Finds targets of other samples, and validation classes with other numbers than in training.

    Targets of other samples are some rows before or behind their own.
    """

    furthest: int = gn.option(3, ge=1, help="number of rows by which targets may be shifted")

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 11.5"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        yield from self._by_rows(case)
        yield from self._by_classes(case)

    def _by_rows(self, case: Case) -> Iterator[gn.Finding]:
        if case.neighbours is None:
            return
        some = case.train[:1000]
        targets = labels_of(np.asarray(some.y), case.network.output_shape, case.loss)
        are_classes = targets is not None
        if targets is None:
            if np.asarray(some.y).size != len(some):
                return
            targets = np.asarray(some.y, np.float64).reshape(-1)
        neighbours = neighbours_of(case.prepared(some)[0])
        if skill(neighbours, targets, are_classes=are_classes)[1] > 4:
            return
        for shift in (sign * rows for rows in range(1, self.furthest + 1) for sign in (1, -1)):
            share, z = skill(neighbours, np.roll(targets, shift), are_classes=are_classes)
            if z > 8 and share > 0.2:
                yield self.finding(
                    0.97,
                    "the targets",
                    f"the targets fit the samples {abs(shift)} row{'s'[: abs(shift) - 1]} "
                    f"{'behind' if shift > 0 else 'before'}",
                    f"align them: y = np.roll(y, {shift}), or correct how rows are left out when x and y are read",
                    shift=shift,
                    agreement_of_neighbours=share,
                    standard_deviations=z,
                )
                return

    def _by_classes(self, case: Case) -> Iterator[gn.Finding]:
        labels, batch = case.validation_labels, case.validation_batch
        if labels is None or batch is None or len(labels) < 30 or case.learned < 0.3 or not case.is_trained:
            return
        answers = answered_classes(case.predicted(batch[0]), case.loss)
        labels, classes = labels[: len(answers)], max(int(case.network.output_shape[-1]), 2)
        agreement = [float(np.mean((answers + shift) % classes == labels)) for shift in range(classes)]
        best = int(np.argmax(agreement))
        if best != 0 and agreement[best] > 0.7 and agreement[0] < 0.3:
            yield self.finding(
                0.97,
                "the validation targets",
                f"the classes are counted {best} further than in the training data",
                "number the classes of all data by one and the same list of names",
                accuracy=agreement[0],
                accuracy_when_shifted=agreement[best],
                shift=best,
            )
