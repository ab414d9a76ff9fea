"""Outliers: a few inputs are so large that they decide every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class OutliersInInputs(gn.Rule):
    """Finds single inputs that are far larger than almost all others."""

    times: float = gn.option(30.0, gt=1, help="how many times the 99 % quantile an outlier is")

    reference = "Huber (1981), Robust Statistics, chapter 1"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        x = case.inputs
        if x.dtype.kind in "iu" or len(x) < 20:
            return
        rows = np.abs(x.reshape(len(x), -1))
        # A few hundred samples tell the quantile.
        usual, largest = float(np.quantile(rows[:: max(len(rows) // 500, 1)], 0.99)), float(rows.max())
        share = float(np.mean(rows.max(axis=1) > self.times * usual))
        if usual == 0 or largest <= self.times * usual or share > 0.05:
            return
        sample, column = np.unravel_index(np.argmax(rows), rows.shape)
        yield self.finding(
            0.96,
            f"column {column} of the inputs",
            f"a few inputs are up to {largest:.3g}, and 99 % are below {usual:.3g}",
            "correct or leave out these samples, or clip the inputs: np.clip(x, -3, 3) after scaling",
            largest=largest,
            quantile_99=usual,
            share_of_samples=share,
            sample=int(sample),
        )
