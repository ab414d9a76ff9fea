"""Dropout before batch normalization: in use the variance is another one than in training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class DropoutBeforeBatchNorm(gn.Rule):
    """Finds dropout with batch_norm somewhere behind it."""

    reference = (
        "Li, Chen, Hu and Yang (2019), Understanding the Disharmony between Dropout and Batch Normalization, CVPR"
    )

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        names = [layer.title() for layer in case.network.layers]
        if "dropout" not in names or "batch_norm" not in names[names.index("dropout") :]:
            return
        dropout = names.index("dropout")
        behind = names.index("batch_norm", dropout)
        yield self.finding(
            0.92,
            f"layers {dropout} '{case.network.layers[dropout]!r}' and {behind} '{case.network.layers[behind]!r}'",
            "dropout changes the variance in training alone, and batch_norm behind it keeps that variance for use",
            "put dropout behind the last batch_norm, or leave it out",
            rate=case.network.layers[dropout].options["rate"],
        )
