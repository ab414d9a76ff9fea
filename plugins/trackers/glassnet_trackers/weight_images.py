"""The weights of the first layer as an image, a tile for each unit."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn

_MOST_TILES = 64


def first_weights(network: gn.Network) -> tuple[str, gn.Array] | None:
    """Return the first parameter with two or more axes and its name, or None if there is none."""
    return next(((name, values) for name, values in network.parameters.items() if values.ndim >= 2), None)


def image_of(weights: gn.Array, input_shape: gn.Shape) -> gn.Array:
    """Return weights as pixels, ``(height, width, 3)`` uint8: blue is negative, white 0 and red positive.

    Parameters
    ----------
    weights
        A matrix ``(inputs, units)``, or kernels ``(height, width, channels, units)``.
    input_shape
        The shape of a sample. If a column of a matrix has the pixels of one, it is drawn as an image.
    """
    maps = _maps(np.asarray(weights, np.float64), input_shape)
    count, height, width = maps.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    grid = np.zeros((rows * (height + 1) + 1, columns * (width + 1) + 1))
    for place, tile in enumerate(maps):
        top, left = place // columns * (height + 1) + 1, place % columns * (width + 1) + 1
        grid[top : top + height, left : left + width] = tile
    return _colored(grid)


def _maps(weights: gn.Array, input_shape: gn.Shape) -> gn.Array:
    """Return ``(tiles, height, width)``: the mean over channels for each unit, or the whole matrix as one tile."""
    if weights.ndim == 2 and len(input_shape) in (2, 3) and math.prod(input_shape) == len(weights):
        weights = weights.reshape(*input_shape[:2], -1, weights.shape[1])
    if weights.ndim == 4:
        units: gn.Array = np.moveaxis(weights.mean(axis=2), -1, 0)
        return units[:_MOST_TILES]
    return weights.reshape(1, len(weights), -1)


def _colored(values: gn.Array) -> gn.Array:
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0) or 1.0
    strength = np.nan_to_num(np.clip(values / largest, -1, 1))
    fade = np.rint(255 * (1 - np.abs(strength)))
    red, blue = np.where(strength >= 0, 255, fade), np.where(strength <= 0, 255, fade)
    return np.stack([red, fade, blue], axis=-1).astype(np.uint8)
