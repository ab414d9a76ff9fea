"""Uneven updates: some layers take steps that are thousands of times as large as those of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.remedies import ways

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class UnevenUpdates(gn.Rule):
    """Finds steps that, beside the weights, differ very much from layer to layer in a training that does badly."""

    times: float = gn.option(1000.0, gt=1, log=True, help="largest by smallest step from which they are uneven")

    is_symptom = True
    needs = ("record",)
    reference = "You, Gitman and Ginsburg (2017), Large Batch Training of Convolutional Networks, arXiv:1708.03888"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.record is not None
        if case.learned > 0.5 or not case.record.samples:
            return
        last = case.record.samples[-1].parameters
        matrices = {slice_.name for slice_ in case.network.layout.slices if len(slice_.parameter.shape) > 1}
        ratios = {name: each.update_ratio for name, each in last.items() if name in matrices}
        ratios = {name: ratio for name, ratio in ratios.items() if 0 < ratio < float("inf")}
        if len(ratios) < 2:
            return
        least, most = min(ratios, key=lambda name: ratios[name]), max(ratios, key=lambda name: ratios[name])
        if ratios[most] < self.times * ratios[least]:
            return
        yield self.finding(
            0.5,
            f"{least!r} and {most!r}",
            "beside the weights, the steps of one layer are thousands of times as large as those of another",
            ways(case, "use layers of one width", adam="use adam", batch_norm="batch_norm between the layers"),
            step_by_weights_of_smallest=ratios[least],
            step_by_weights_of_largest=ratios[most],
        )
