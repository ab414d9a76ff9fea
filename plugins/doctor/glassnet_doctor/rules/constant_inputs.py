"""Constant inputs: all samples are the same, so nothing can be told from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class ConstantInputs(gn.Rule):
    """Finds inputs that do not differ from sample to sample.

    In a table, one column of ten or more that differs does not help, if the network does badly.
    """

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 11.5"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        x = case.inputs
        if len(x) < 2:
            return
        rows = x.reshape(len(x), -1)
        varied = float(np.mean((rows != rows[:1]).any(axis=0)))
        is_poor = x.ndim == 2 and rows.shape[1] >= 10 and varied <= 0.1 and case.learned < 0.9
        if varied > 0 and not is_poor:
            return
        yield self.finding(
            0.9 if varied else 0.99,
            "the inputs",
            f"{1 - varied:.0%} of the columns are constant" if varied else f"all {len(x)} samples are the same",
            "look at how the inputs are read and prepared: a scaling by 0, the wrong column, or one sample repeated",
            samples=len(x),
            columns=rows.shape[1],
            columns_that_vary=round(varied * rows.shape[1]),
        )
