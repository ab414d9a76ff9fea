"""Options and samples of the layers that read images."""

from __future__ import annotations

import glassnet as gn

Pair = int | tuple[int, int]


def pair(value: Pair) -> tuple[int, int]:
    """Return what holds for height and width as two numbers; one number holds for both."""
    return (value, value) if isinstance(value, int) else value


def check_padding(layer: gn.Layer, padding: str | Pair) -> None:
    """Raise `OptionError` if the padding is neither ``"valid"``, nor ``"same"``, nor a number of pixels."""
    if isinstance(padding, str) and padding not in ("valid", "same"):
        raise gn.OptionError(
            f"{layer.title()}: padding must be 'valid', 'same' or a number of pixels (got {padding!r})"
        )


def check_image(shape: gn.Shape) -> None:
    """Raise `ShapeError` if a sample is not ``(height, width, channels)``."""
    if len(shape) == 3:
        return
    got = ", ".join(["batch", *map(str, shape)])
    if len(shape) == 2:
        advice = f"grey images have one channel: put reshape([{shape[0]}, {shape[1]}, 1]) in front of it"
    else:
        advice = "put reshape([height, width, channels]) in front of it"
    raise gn.ShapeError(f"expected (batch, height, width, channels), got ({got}); {advice}")
