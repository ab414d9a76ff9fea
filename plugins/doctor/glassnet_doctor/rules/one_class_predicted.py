"""One class predicted: all samples get the same answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.answers import answered_classes

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class OneClassPredicted(gn.Rule):
    """Finds a trained network that gives all samples the same class, though the targets have several."""

    is_symptom = True
    reference = "He and Garcia (2009), Learning from Imbalanced Data, IEEE Trans. Knowledge and Data Engineering 21(9)"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if case.labels is None or not case.is_trained or len(np.unique(case.labels)) < 2 or len(case.labels) < 20:
            return
        answers = np.unique(answered_classes(case.predicted(case.inputs), case.loss))
        if len(answers) > 1:
            return
        yield self.finding(
            0.4,
            "the outputs",
            f"the network answers class {int(answers[0])} for every sample",
            "see the other findings: a dead layer, a learning rate that is too high, or one class in most samples",
            classes_answered=1,
            classes=len(np.unique(case.labels)),
        )
