"""What can be meant and is most likely a mistake: channels first, and networks that cannot move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.components.component import wrong_result
from glassnet.components.parameter import Regularizer
from glassnet.errors import OptionError, warn
from glassnet.registry.registry import registry
from glassnet.types import Shape

_CHANNELS = (1, 3)
# Filters and windows of this size are not given as an image.
_SMALLEST_IMAGE = 8


def check_regularizers(config: Any) -> None:
    """Raise `ShapeError` if the gradient of a penalty is not of the shape of its parameter: it would be broadcast."""
    network = config.network
    for each in network.layout.slices:
        chosen = each.parameter.regularizer or config.options.regularizer
        if chosen is not None and _is_of_an_author(type(chosen)):
            w = each.view(network.flat_parameters)
            with np.errstate(all="ignore"):
                found = chosen.gradient(w.copy())
            if getattr(found, "shape", None) != w.shape:
                raise wrong_result(chosen, "gradient", found, f"shape {w.shape}, as w has")


def _is_of_an_author(regularizer: type[Regularizer]) -> bool:
    """Return whether somebody else than glassnet wrote the gradient of a penalty."""
    entry = registry.entry_of(regularizer)
    has_own = regularizer.gradient is not Regularizer.gradient and regularizer.add_gradient is Regularizer.add_gradient
    return has_own and not (entry is not None and entry.is_own)


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


def check_yes_or_no(config: Any) -> None:
    """Raise `OptionError` for an option that is neither true nor false: text is always true, so "no" would be yes."""
    for name in ("progress", "overwrite", "allow_changes"):
        given = getattr(config, name)
        if given not in (True, False, None):
            raise OptionError(
                f"fit(): {name} must be True or False (got {given!r}); write {name}=True, or leave it out"
            )


def check_moves(network: Any) -> None:
    """Warn if a network has parameters, and all of them are frozen."""
    slices = network.layout.slices
    if slices and not any(each.parameter.trainable for each in slices):
        warn("all parameters of the network are frozen, so training changes none of them; write net.thaw()")
