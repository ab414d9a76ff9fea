"""A misleading metric: accuracy of classes almost all of which are one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.answers import answered_classes

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class MisleadingMetric(gn.Rule):
    """Finds accuracy as the only metric of a network that is hardly more accurate than always the same answer."""

    share: float = gn.option(0.8, gt=0.5, lt=1, help="part of the samples that the most frequent class has")

    needs = ("options",)
    reference = "Provost, Fawcett and Kohavi (1998), The Case Against Accuracy Estimation, ICML"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.options is not None
        labels = case.labels
        if labels is None or len(labels) < 30 or {each.title() for each in case.options.metrics} != {"accuracy"}:
            return
        share = float(np.bincount(labels).max() / len(labels))
        if share < self.share or share == 1:
            return
        accuracy = float(np.mean(answered_classes(case.predicted(case.inputs), case.loss) == labels))
        if accuracy > share + 0.3 * (1 - share):
            return
        yield self.finding(
            0.85,
            "metrics=['accuracy']",
            f"always answering the most frequent class is {share:.1%} accurate, and the network is {accuracy:.1%}",
            "watch f1, auc, precision or recall: metrics=['f1', 'auc']",
            accuracy=accuracy,
            accuracy_of_one_answer=share,
        )
