"""A layer that learns nothing: its weights stay what they were while others change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class LayerLearnsNothing(gn.Rule):
    """Finds weights that no sample of the training has changed, though others changed, of a network made anew.

    A layer that is frozen in a network with trained parameters is not reported.
    """

    needs = ("record",)
    reference = (
        "Yosinski, Clune, Bengio and Lipson (2014), How transferable are features in deep neural networks?, NIPS"
    )

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.record is not None
        if case.start is None or not case.record.samples:
            return
        ratios = {
            name: max(sample.parameters[name].update_ratio for sample in case.record.samples)
            for name, parameter in ((slice_.name, slice_.parameter) for slice_ in case.network.layout.slices)
            if len(parameter.shape) > 1
        }
        largest = max(ratios.values(), default=0.0)
        still = [name for name, ratio in ratios.items() if ratio < 1e-6 * largest]
        if not still or len(still) == len(ratios):
            return
        layer = case.network.layers[int(still[0].split(".")[0])]
        is_frozen = not layer.trainable
        yield self.finding(
            0.9 if is_frozen or layer.lr_scale < 1e-3 else 0.7,
            f"'{still[0]}' of layer {still[0].split('.')[0]} '{layer!r}'",
            "the weights are still the random ones of the start, while others have changed",
            "leave out trainable=False and lr_scale for layers that were not trained before"
            if is_frozen
            else "see the gradients of the layer with net.trace(x, y, loss), and the other findings",
            largest_step_by_weights=ratios[still[0]],
            largest_step_of_others=largest,
        )
