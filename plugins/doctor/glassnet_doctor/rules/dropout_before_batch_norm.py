"""Dropout before batch normalization: in use the variance is another one than in training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.structure import leaves_of

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class DropoutBeforeBatchNorm(gn.Rule):
    """Finds dropout with batch_norm somewhere behind it."""

    reference = (
        "Li, Chen, Hu and Yang (2019), Understanding the Disharmony between Dropout and Batch Normalization, CVPR"
    )

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        leaves = list(leaves_of(case.network.layers))
        names = [each.name for each in leaves]
        if "dropout" not in names or "batch_norm" not in names[names.index("dropout") :]:
            return
        dropout = names.index("dropout")
        behind = names.index("batch_norm", dropout)
        yield self.finding(
            0.92,
            f"layers {leaves[dropout].text} and {leaves[behind].text}",
            "dropout changes the variance in training alone, and batch_norm behind it keeps that variance for use",
            "put dropout behind the last batch_norm, or leave it out",
            rate=leaves[dropout].layer.options["rate"],
        )
