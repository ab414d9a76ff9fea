"""Constant inputs: all samples are the same, so nothing can be told from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class ConstantInputs(gn.Rule):
    """Finds inputs that do not differ from sample to sample."""

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 11.5"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        x = case.inputs
        if len(x) < 2:
            return
        rows = x.reshape(len(x), -1)
        varied = float(np.mean((rows != rows[:1]).any(axis=0)))
        if varied > 0:
            return
        yield self.finding(
            0.99,
            "the inputs",
            f"all {len(x)} samples are the same",
            "look at how the inputs are read and prepared: a scaling by 0, the wrong column, or one sample repeated",
            samples=len(x),
            columns=rows.shape[1],
            columns_that_vary=0,
        )
