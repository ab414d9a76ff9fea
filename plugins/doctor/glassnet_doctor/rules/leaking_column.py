"""A column that leaks the target: it says the answer, and will not be there in use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class LeakingColumn(gn.Rule):
    """Finds one column of a table that tells the target by itself, while the next best one does not."""

    reference = "Kaufman, Rosset, Perlich and Stitelman (2012), Leakage in Data Mining, ACM TKDD 6(4)"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        x, targets = case.inputs, case.labels if case.labels is not None else case.values
        if targets is None or x.ndim != 2 or x.dtype.kind in "iu" or x.shape[1] < 2 or len(x) < 50:
            return
        if len(np.unique(targets)) < 2:
            return
        told = _explained(x.astype(np.float64), targets, are_classes=case.labels is not None)
        best, *rest = np.argsort(-told)
        if told[best] < 0.995 or told[rest[0]] > 0.95:
            return
        names = case.train.columns
        remedy = "np.delete(x, column, axis=1)" if names is None else "--ignore NAME, or drop it from the frame"
        yield self.finding(
            0.97,
            f"column {best} of the inputs" if names is None else f"column {names[best]!r}",
            f"this column alone explains {told[best]:.1%} of the targets",
            f"leave the column out if it is not known before the target is: {remedy}",
            explained=told[best],
            explained_by_next_best=told[rest[0]],
            column=int(best),
        )


def _explained(x: gn.Array, targets: gn.Array, *, are_classes: bool) -> gn.Array:
    """Return the part of each column's variance that the targets explain."""
    centred = x - x.mean(axis=0)
    total = np.maximum(np.sum(centred**2, axis=0), 1e-30)
    if not are_classes:
        y = targets - targets.mean()
        explained: gn.Array = (centred * y[:, None]).sum(axis=0) ** 2 / total / max(np.sum(y**2), 1e-30)
        return explained
    groups = [centred[targets == label] for label in np.unique(targets)]
    between: gn.Array = sum(len(group) * group.mean(axis=0) ** 2 for group in groups) / total
    return between
