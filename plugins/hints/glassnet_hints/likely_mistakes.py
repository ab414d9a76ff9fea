"""What can be meant and is most likely a mistake: channels first, networks that cannot move, targets out of reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.components.metric import outputs_of
from glassnet.errors import warn
from glassnet.types import Shape

_CHANNELS = (1, 3)
# Filters and windows of this size are not given as an image.
_SMALLEST_IMAGE = 8
# Some targets may be out of reach by noise or on purpose; with this share of them, the last layer is the wrong one.
_OUT_OF_REACH = 0.9
_TARGETS_LOOKED_AT = 65_536


def check_channels(layers: Sequence[Any], shapes: Sequence[Shape]) -> None:
    """Warn if images have their channels first, as in PyTorch, and the first layer reads them as they are."""
    if not layers or len(shapes[0]) != 3 or len(shapes[1]) != 3 or shapes[0] == shapes[1]:
        return
    channels, height, width = shapes[0]
    if channels in _CHANNELS and height == width >= _SMALLEST_IMAGE:
        warn(
            f"images of shape {shapes[0]} are read as {channels} x {height} pixels with {width} channels; if the "
            "channels come first, as in PyTorch, give x.transpose(0, 2, 3, 1)"
        )


def check_moves(network: Any) -> None:
    """Warn if a network has parameters, and all of them are frozen."""
    slices = network.layout.slices
    if slices and not any(each.parameter.trainable for each in slices):
        warn("all parameters of the network are frozen, so training changes none of them; write net.thaw()")


def check_targets(network: Any, loss: Any, y: Any) -> None:
    """Warn if many targets are numbers that the last layer cannot give, such as those above 1 for a sigmoid."""
    _, (low, high) = outputs_of(network.layers)
    is_number = isinstance(y, np.ndarray) and y.dtype.kind == "f" and y.shape[1:] == network.output_shape
    if loss.prediction_type != "values" or not is_number or not np.isfinite([low, high]).any():
        return
    some = y.reshape(-1)[:: max(1, y.size // _TARGETS_LOOKED_AT)]
    share = float(np.mean((some < low) | (some > high)))
    if share > _OUT_OF_REACH:
        bounds = (
            f"below {low:g}"
            if np.isinf(high)
            else f"above {high:g}"
            if np.isinf(low)
            else f"outside {low:g} to {high:g}"
        )
        warn(
            f"{share:.0%} of the targets are {bounds}, and the last layer, {network.layers[-1]!r}, gives no such "
            "number; scale the targets, or leave that layer out"
        )
