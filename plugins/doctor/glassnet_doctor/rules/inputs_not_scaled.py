"""Inputs that are not scaled: far from zero, or in columns of very different size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

_NORMALIZING = ("batch_norm", "layer_norm")


class InputsNotScaled(gn.Rule):
    """Finds inputs that are large, tiny, far from zero, or of very different size from column to column."""

    largest: float = gn.option(30.0, gt=1, help="root of the mean square beyond which inputs are too large")
    smallest: float = gn.option(1e-3, gt=0, lt=1, help="root of the mean square below which inputs are too small")

    reference = "LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.3"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        x = case.inputs
        if x.dtype.kind in "iu" or _normalizes_first(case) or (case.is_trained and case.learned > 0.7):
            return
        columns = x.reshape(-1, x.shape[-1]).astype(np.float64)
        means, deviations = columns.mean(axis=0), columns.std(axis=0)
        size, spread = float(np.sqrt(np.mean(columns**2))), float(columns.std())
        varied = deviations[deviations > 0]
        ratio = float(varied.max() / varied.min()) if varied.size else 1.0
        problem, certainty = "", 0.0
        if size > self.largest:
            problem, certainty = f"the inputs are around {size:.3g}, and should be around 1", 0.955 + size / 1e5
        elif 0 < size < self.smallest:
            problem, certainty = f"the inputs are around {size:.1e}, and should be around 1", 0.93
        elif varied.size and abs(columns.mean()) > 20 * spread:
            problem, certainty = f"the inputs are all near {columns.mean():.3g}, and differ by {spread:.3g}", 0.9
        elif ratio > 1000 and x.ndim == 2:
            problem, certainty = f"one column varies {ratio:.3g} times as much as another", 0.85
        if problem:
            yield self.finding(
                min(certainty, 0.99),
                "the inputs",
                problem,
                "scale each column by the training data: (x - x.mean(axis=0)) / x.std(axis=0)",
                rms=size,
                largest_mean=float(np.max(np.abs(means))),
                largest_deviation=float(deviations.max()),
                least_deviation=float(varied.min()) if varied.size else 0.0,
            )


def _normalizes_first(case: Case) -> bool:
    """Tell whether the inputs are normalized before the first weights."""
    for layer in case.now.layers:
        if layer.name in _NORMALIZING:
            return True
        if layer.parameters:
            return False
    return False
