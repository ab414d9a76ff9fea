"""What is known of a training that has arrived at NaN or infinity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.component import Component
    from glassnet.model.model import Model

_LONGEST_SPEC = 80

Range = tuple[float, float]
"""The least and the largest of some numbers."""


@attrs.frozen
class Divergence:
    """Where training arrived at a number that is not finite, and why.

    Attributes
    ----------
    epoch, step
        Counted from 1.
    operation
        What gave that number: ``"forward"``, ``"backward"``, ``"penalty"``, ``"update"`` or ``"train_step"``.
    layer
        Whose operation it was, such as ``"layer 0 'dense(8)'"`` or ``"the loss mse"``.
    problem
        What is not finite, such as ``"the output is nan"``.
    values
        What went into the operation, by name: ranges, and single numbers such as the learning rate.
    cause
        The likely cause, and what to do.
    """

    epoch: int
    step: int
    operation: str
    layer: str
    problem: str
    values: Mapping[str, Range | float]
    cause: str

    def as_plain(self) -> dict[str, Any]:
        """Return the attributes as JSON holds them."""
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in self.values.items()}
        return {**attrs.asdict(self), "values": values}

    def message(self, kept: str) -> str:
        """Return one message with all of it, and with what is `kept`."""
        values = ", ".join(f"{name} {_text(value)}" for name, value in self.values.items())
        return (
            f"training diverged in epoch {self.epoch}, at step {self.step}, in {self.operation} of {self.layer}: "
            f"{self.problem}{f' ({values})' if values else ''}; likely cause: {self.cause}; "
            f"{kept}; on_divergence='continue' trains on"
        )


def _text(value: Range | float) -> str:
    return f"{value[0]:.3g} to {value[1]:.3g}" if isinstance(value, tuple) else f"{value:.3g}"


def range_of(values: Array) -> Range:
    """Return the least and the largest of the finite numbers in an array; two zeros if none is finite."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def layer_of(network: Model, name: str) -> str:
    """Return the layer that a parameter or state array such as ``"0.weights"`` belongs to."""
    number = name.split(".")[0]
    return f"layer {number} '{shortened(network.layers[int(number)])}'"


def shortened(component: Component) -> str:
    """Return the spec of a component, cut where it is long."""
    spec = repr(component)
    return spec if len(spec) <= _LONGEST_SPEC else f"{spec[: _LONGEST_SPEC - 1]}…"
