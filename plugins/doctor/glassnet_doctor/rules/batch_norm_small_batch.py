"""Batch normalization with small batches: mean and variance of a few values are mostly noise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class BatchNormSmallBatch(gn.Rule):
    """Finds batch_norm with fewer values of a channel in a batch than a variance can be told from."""

    least: int = gn.option(8, ge=2, help="number of values of a channel in a batch that suffice")

    needs = ("options",)
    reference = "Wu and He (2018), Group Normalization, ECCV"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.options is not None
        for layer in case.now.layers:
            values = case.options.batch_size * layer.positions
            if layer.name == "batch_norm" and values < self.least:
                yield self.finding(
                    0.95,
                    layer.where,
                    f"a batch has {values} values of each channel, too few for a mean and a variance",
                    "use a larger batch_size, such as 32, or layer_norm, which does not depend on the batch",
                    values_of_a_channel=values,
                    batch_size=case.options.batch_size,
                )
                return
