"""Targets that are not scaled: the network spends its steps on getting to their size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class TargetsNotScaled(gn.Rule):
    """Finds targets of a regression that are large or far from zero, in a training that does badly."""

    largest: float = gn.option(50.0, gt=1, help="root of the mean square beyond which targets are too large")

    reference = "LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.5"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        values = case.values
        if values is None or len(values) < 10 or (case.is_trained and case.learned > 0.7):
            return
        size, spread = float(np.sqrt(np.mean(values**2))), float(values.std())
        is_far = abs(float(values.mean())) > 20 * spread > 0
        if size < self.largest and not is_far:
            return
        yield self.finding(
            0.93,
            "the targets",
            f"the targets are around {size:.3g}, and differ by {spread:.3g}",
            "scale them, and scale the predictions back: (y - y.mean()) / y.std()",
            rms=size,
            mean=values.mean(),
            deviation=spread,
        )
