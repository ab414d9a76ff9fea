"""How gradients change with depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from glassnet_doctor.vitals import LayerVitals

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


@attrs.frozen
class ByDepth:
    """Gradients of the first and the last layer with weights.

    Attributes
    ----------
    first, last
        These layers.
    depth
        The number of layers with weights from the first to the last.
    ratio
        The gradient of the first layer's outputs by that of the last one's.
    """

    first: LayerVitals
    last: LayerVitals
    depth: int
    ratio: float

    @property
    def factor(self) -> float:
        """What one layer multiplies the gradient with, on average."""
        return float(self.ratio ** (1 / (self.depth - 1)))


def gradients_by_depth(case: Case, least_depth: int = 3) -> ByDepth | None:
    """Compare the gradients of a network's first and last layer, at the start if that is known.

    None for a network with fewer than `least_depth` layers, or gradients of zero.
    """
    vitals = case.start if case.start is not None else case.now
    layers = [each for each in vitals.layers if each.weights is not None and each.weights.is_matrix]
    if len(layers) < least_depth or not layers[-1].gradient_rms > 0:
        return None
    first, last = layers[0], layers[-1]
    return ByDepth(first, last, len(layers), first.gradient_rms / last.gradient_rms)
