"""The command important: which pixels a network that begins with a scale layer finds important."""

from __future__ import annotations

import click
import numpy as np

import glassnet as gn

_SHADES = " .:-=+*#%@"


@click.command()
@click.argument("model", type=click.Path())
def important(model: str) -> None:
    """Draw, in text, the factors of the first scale layer of MODEL, a model file for square images."""
    factors = _factors(gn.load(model))
    strength = np.abs(factors - 1)
    strength /= strength.max() or 1
    for row in (strength * (len(_SHADES) - 1)).round().astype(int):
        # A character is about twice as high as it is wide.
        click.echo("".join(_SHADES[shade] * 2 for shade in row).rstrip())


def _factors(net: gn.Network) -> gn.Array:
    """Return the factors as an image."""
    found = [array for name, array in net.parameters.items() if name.endswith(".factors")]
    side = int(np.sqrt(found[0].size)) if found else 0
    if not found or side * side != found[0].size:
        raise gn.ModelFileError("the model has no scale layer over a square image; train one with the dataset parity")
    return found[0].reshape(side, side)
