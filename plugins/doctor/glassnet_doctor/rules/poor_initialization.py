"""First weights of the wrong size: signals shrink or grow from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.structure import leaves_of

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class PoorInitialization(gn.Rule):
    """Finds first weights that are far from those that keep the variance from layer to layer.

    That is a standard deviation of about 1 / sqrt(inputs of a unit). The last layer may start smaller. A smaller
    difference counts if the outputs of the last hidden layer are much larger than those of the first one.
    """

    factor: float = gn.option(8.0, gt=1, help="how far from that the weights have to be")
    growth: float = gn.option(50.0, gt=1, help="outputs of the last hidden layer by those of the first one")

    reference = "He, Zhang, Ren and Sun (2015), Delving Deep into Rectifiers, ICCV, section 2.2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if case.is_trained and case.learned > 0.8:
            return
        sizes = self._first_sizes(case)
        worst, gain = _worst(case, sizes)
        growth = _growth(case)
        if not worst or (1 / self.factor < gain < self.factor and not (gain > 2 and growth > self.growth)):
            return
        yield self.finding(
            0.9,
            f"'{worst}'",
            f"the first weights are {gain:.2g} times as large as keeps the variance from layer to layer",
            "leave out weight_init, or give weight_init='he_normal' before relu and 'glorot_uniform' before tanh",
            rms_of_weights=sizes[worst],
            times_as_large=gain,
            outputs_of_last_hidden_layer_by_first=growth,
        )

    def _first_sizes(self, case: Case) -> dict[str, float]:
        """Return the size of each parameter before the first step; empty if it is not known."""
        if case.record is not None and case.record.samples and case.record.samples[0].step == 0:
            return {name: each.rms for name, each in case.record.samples[0].parameters.items()}
        if case.is_trained:
            return {}
        return {
            slice_.name: float((slice_.view(case.network.flat_parameters) ** 2).mean()) ** 0.5
            for slice_ in case.network.layout.slices
        }


def _worst(case: Case, sizes: Mapping[str, float]) -> tuple[str, float]:
    """Return the hidden weights whose size is furthest from that which keeps the variance, and how many times it is."""
    # An embedding is looked up, and sums up nothing.
    indexed = tuple(f"{each.place}." for each in leaves_of(case.network.layers) if each.layer.integer_input)
    slices = [slice_ for slice_ in case.network.layout.slices if len(slice_.parameter.shape) > 1]
    worst, gain = "", 1.0
    for slice_ in slices[:-1]:
        inputs = math.prod(slice_.parameter.shape[:-1])
        here = sizes.get(slice_.name, 0.0) * math.sqrt(inputs)
        if here > 0 and abs(math.log(here)) > abs(math.log(gain)) and not slice_.name.startswith(indexed):
            worst, gain = slice_.name, here
    return worst, gain


def _growth(case: Case) -> float:
    """Return the size of the outputs of the last hidden layer with weights by that of the first one, at the start."""
    if case.start is None:
        return 1.0
    sizes = [each.output_rms for each in case.start.layers if each.weights is not None and each.weights.is_matrix]
    return sizes[-2] / sizes[0] if len(sizes) > 2 and sizes[0] > 0 else 1.0
