"""Softmax inside a network, or outputs that are squashed twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.structure import chain_of, leaves_of

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class SoftmaxInside(gn.Rule):
    """Finds a softmax that is not last, and an activation in front of the last softmax or sigmoid."""

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 6.2.2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        chain = list(chain_of(case.network.layers))
        for placed in chain[:-1]:
            inside = [each for each in leaves_of([placed.layer]) if each.layer.output_type == "distribution"]
            if inside:
                yield self.finding(
                    0.95,
                    f"layer {placed.text}",
                    "a softmax inside the network lets its units share one unit of activity, so gradients are tiny",
                    "use relu there, and softmax at the end alone",
                    layers_behind=len(chain) - 1 - chain.index(placed),
                )
                return
        if len(chain) < 2:
            return
        before, last = (each.layer for each in chain[-2:])
        squashes = isinstance(before, gn.Activation) and before.title() != "linear"
        if squashes and last.output_type in ("distribution", "probabilities") and isinstance(last, gn.Activation):
            low, high = before.output_range
            yield self.finding(
                0.94,
                f"layers {chain[-2].text} and {chain[-1].text}",
                "the outputs pass two activations in a row, so the last one is not given values of every size",
                f"leave out '{before!r}' in front of '{last!r}'",
                lowest_value=low,
                highest_value=high,
            )
