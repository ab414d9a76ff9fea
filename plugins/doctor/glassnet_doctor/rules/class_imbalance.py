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
    """Finds targets almost all of which are one class, if the network finds hardly any sample of the others."""

    share: float = gn.option(0.9, gt=0.5, lt=1, help="part of the samples that the most frequent class has")

    reference = "He and Garcia (2009), Learning from Imbalanced Data, IEEE Trans. Knowledge and Data Engineering 21(9)"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        labels = case.labels
        if labels is None or len(labels) < 30:
            return
        counts = np.bincount(labels, minlength=2)
        share = float(counts.max() / len(labels))
        if share < self.share or share == 1:
            return
        found = float("nan")
        if case.is_trained:
            x, _ = case.prepared(case.train)
            rare = labels_of_all(case) != counts.argmax()
            found = float(np.mean(answered_classes(case.predicted(x), case.loss)[rare] != counts.argmax()))
            if found > 0.5:
                return
        yield self.finding(
            0.95 if case.is_trained else 0.85,
            f"class {int(counts.argmax())} of the targets",
            f"{share:.1%} of the samples are of one class"
            + (f", and the network finds {found:.0%} of the others" if case.is_trained else ""),
            "weigh the classes with fit(..., class_weight='balanced'), and watch f1 or auc instead of accuracy",
            share_of_largest_class=share,
            samples_of_others=int(len(labels) - counts.max()),
            **({"found_of_others": found} if case.is_trained else {}),
        )


def labels_of_all(case: Case) -> gn.Array:
    """Return the labels of all training samples."""
    from glassnet_doctor.case import labels_of

    labels = labels_of(np.asarray(case.train.y), case.network.output_shape, case.loss)
    assert labels is not None
    return labels
