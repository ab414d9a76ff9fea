"""Class imbalance: one class is so frequent that always answering it is hard to beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.answers import answered_classes

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class ClassImbalance(gn.Rule):
    """Finds targets almost all of which are one class, if the network finds hardly any sample of the others.

    If there are only a few others, it does not matter how many are found: a network can know these by heart.
    """

    share: float = gn.option(0.9, gt=0.5, lt=1, help="part of the samples that the most frequent class has")
    few: int = gn.option(6, ge=1, help="number of other samples below which there are too few of them")

    reference = "He and Garcia (2009), Learning from Imbalanced Data, IEEE Trans. Knowledge and Data Engineering 21(9)"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        labels = case.labels
        if labels is None or len(labels) < 30:
            return
        counts = np.bincount(labels, minlength=2)
        share = float(counts.max() / len(labels))
        if share < self.share or share == 1:
            return
        others = int(len(labels) - counts.max())
        found = _found_of_others(case, int(counts.argmax())) if case.is_trained else float("nan")
        if found > 0.5 and not (others < self.few and share > 1 - (1 - self.share) / 2):
            return
        is_weighted = getattr(case.options, "class_weight", None) is not None  # experiments say so, fit alone does not
        weigh = "weigh the classes with fit(..., class_weight='balanced')"
        remedy = "get more samples of the others" if is_weighted else weigh
        yield self.finding(
            0.95 if case.is_trained else 0.85,
            f"class {int(counts.argmax())} of the targets",
            f"{share:.1%} of the samples are of one class"
            + (f", and the network finds {found:.0%} of the others" if case.is_trained else ""),
            f"{remedy}, and watch f1 or auc instead of accuracy",
            share_of_largest_class=share,
            samples_of_others=others,
            **({"found_of_others": found} if case.is_trained else {}),
        )


def _found_of_others(case: Case, frequent: int) -> float:
    """Return the part of the samples of other classes that the network does not take for the frequent one."""
    from glassnet_doctor.case import labels_of

    labels = labels_of(np.asarray(case.train.y), case.network.output_shape, case.loss)
    assert labels is not None
    x, _ = case.prepared(case.train)
    return float(np.mean(answered_classes(case.predicted(x), case.loss)[labels != frequent] != frequent))
