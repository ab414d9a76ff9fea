"""Running statistics of batch_norm that are far from those of batches: the network is another one in use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.structure import leaves_of

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class BatchNormStatistics(gn.Rule):
    """Finds networks with batch_norm that do well as in training and badly as in use, on the same samples."""

    reference = "Ioffe (2017), Batch Renormalization, NIPS"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        normalizing = [each for each in leaves_of(case.network.layers) if each.name == "batch_norm"]
        if not normalizing or not case.is_trained:
            return
        as_trained, in_use = case.now.loss, case.present_loss
        if not in_use > 2 * as_trained or in_use - as_trained < 0.2 * case.guess:
            return
        momentum = normalizing[0].layer.options["momentum"]
        yield self.finding(
            0.96,
            f"layer {normalizing[0].text}",
            "the running mean and variance are not those of the data, so the network is another one in use",
            f"use momentum={0.9 if momentum > 0.9 else momentum / 2:g}, train for more steps, or use larger batches",
            loss_as_in_training=as_trained,
            loss_in_use=in_use,
            momentum=momentum,
        )
