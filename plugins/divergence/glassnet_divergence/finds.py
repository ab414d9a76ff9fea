"""What the search for NaN and infinity has found: operations that are given finite numbers and give others."""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_divergence import likely_causes
from glassnet_divergence.finite import what_is_not_finite
from glassnet_divergence.scan import Range, range_of
from glassnet_inputs.finite import are_finite


@attrs.frozen
class Found:
    """An operation that is given finite numbers and gives others; attributes as of `Divergence`."""

    operation: str
    layer: str
    problem: str
    values: dict[str, Range]
    cause: str


class Finds:
    """What is found, in the order of the step."""

    def __init__(self, *, is_first_step: bool) -> None:
        self.found: list[Found] = []
        self._is_first_step = is_first_step

    def look_at_output(
        self, layer: str, y: Array, went_in: dict[str, Range], is_first_layer: bool, first: Callable[[], str]
    ) -> None:
        if not are_finite(y):
            cause = likely_causes.of_forward(
                went_in["input"],
                went_in.get("parameters"),
                is_first_layer=is_first_layer,
                is_first_step=self._is_first_step,
            )
            problem = f"the output {what_is_not_finite(y)}{self._first(first)}"
            self.found.append(Found("forward", layer, problem, went_in, cause))

    def look_at_gradients(self, layer: str, gradients: dict[str, Array], went_in: dict[str, Range]) -> None:
        for name, gradient in gradients.items():
            if not are_finite(gradient):
                problem = f"the gradient of {name} {what_is_not_finite(gradient)}"
                cause = likely_causes.of_backward(*went_in.values())
                self.found.append(Found("backward", layer, problem, went_in, cause))

    def look_at_loss(
        self,
        loss: str,
        operation: str,
        what: str,
        given: Array,
        y_pred: Array,
        y_true: Array,
        first: Callable[[], str] = str,
    ) -> None:
        if np.isfinite(given).all() or not are_finite(y_pred):
            return
        went_in = {"outputs": range_of(y_pred), "targets": range_of(np.asarray(y_true))}
        cause = likely_causes.of_loss(went_in["outputs"], went_in["targets"], is_first_step=self._is_first_step)
        problem = f"{what} {what_is_not_finite(given)}{self._first(first)}"
        self.found.append(Found(operation, loss, problem, went_in, cause))

    def _first(self, first: Callable[[], str]) -> str:
        """Return the first operation that is not finite; only the first find is told, so only it is traced."""
        operation = "" if self.found else first()
        return f", first {operation}" if operation else ""

    def look_at_penalty(self, regularizer: str, name: str, w: Array, penalty: float, gradient: Array) -> None:
        if not math.isfinite(penalty):
            problem = f"the penalty on {name!r} is {penalty}"
        elif not are_finite(gradient):
            problem = f"the gradient of the penalty on {name!r} {what_is_not_finite(gradient)}"
        else:
            return
        went_in = {"parameters": range_of(w)}
        cause = likely_causes.of_penalty(went_in["parameters"])
        self.found.append(Found("penalty", regularizer, problem, went_in, cause))
