"""A loss that does not suit the last layer, or targets that its outputs cannot reach."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_hints.outputs import check_outputs

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class WrongLoss(gn.Rule):
    """Finds a loss that expects other outputs, squared errors of probabilities, and targets out of reach."""

    reference = "Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.6"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if not case.loss_is_known:
            return
        last, network = case.network.layers[-1], case.network
        where = f"loss '{case.loss!r}' behind layer {len(network.layers) - 1} '{last!r}'"
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            check_outputs(case.loss, network.layers, network.shapes)
        if said:
            problem = str(said[0].message).split("; ")[0]
            yield self.finding(
                0.97, where, problem, self._suiting(last), outputs_low=_low(case), outputs_high=_high(case)
            )
            return
        are, (low, high) = gn.outputs_of(network.layers)
        y = np.asarray(case.batch[1])
        if are in ("distribution", "probabilities") and case.loss.prediction_type == "values" and self._of_classes(y):
            problem = "squared errors of probabilities: the gradient is almost 0 where an answer is quite wrong"
            yield self.finding(0.96, where, problem, self._suiting(last), lowest_output=low, highest_output=high)
        elif case.loss.prediction_type == "values" and y.dtype.kind == "f":
            out_of_reach = float(np.mean((y < low - 1e-6) | (y > high + 1e-6)))
            if out_of_reach > 0.01:
                yield self.finding(
                    0.96,
                    where,
                    f"{out_of_reach:.0%} of the targets are beyond {low:g}..{high:g}, which the last layer cannot pass",
                    "end the network with a dense layer alone, or scale the targets to the range of its activation",
                    targets_out_of_reach=out_of_reach,
                    least_target=y.min(),
                    largest_target=y.max(),
                )

    def _of_classes(self, y: gn.Array) -> bool:
        return bool(np.isin(y, (0, 1)).all())

    def _suiting(self, last: gn.Layer) -> str:
        suiting = {
            "distribution": "use loss='categorical_crossentropy'",
            "probabilities": "use loss='binary_crossentropy', or softmax for one of several classes",
        }
        return suiting.get(last.output_type, "end the network with softmax or sigmoid, or use mean_squared_error")


def _low(case: Case) -> float:
    return float(case.predictions.min())


def _high(case: Case) -> float:
    return float(case.predictions.max())
