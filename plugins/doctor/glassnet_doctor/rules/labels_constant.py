"""Constant labels: there is nothing to tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class LabelsConstant(gn.Rule):
    """Finds targets that are the same for every sample."""

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 11.5"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        y = np.asarray(case.training_part(5000).y)
        if len(y) < 2 or (y != y[:1]).any():
            return
        yield self.finding(
            0.99,
            "the targets",
            f"all {len(y)} targets are the same, so any network learns to ignore its inputs",
            "look at how the targets are read: the wrong column, a comparison that is never true, or one class alone",
            samples=len(y),
            different_targets=1,
        )
