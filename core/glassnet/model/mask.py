"""Masks: which time steps are real and which are padding, from the layer that knows it to those that ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ShapeError
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.layer import Layer


def mask_of_input(x: Array) -> Array | None:
    """Return the mask of a network's input ``(batch, time, features)``: steps of nothing but zeros are padding.

    Returns
    -------
    array or None
        ``(batch, time)``, true where a step is real; None if the input has another number of axes.
    """
    return np.any(x, axis=2) if x.ndim == 3 else None


def compute_mask(layer: Layer, before: Array | None, after: Array | None, y: Array) -> Array | None:
    """Return the mask of a layer's output.

    Parameters
    ----------
    layer
        The layer that was run.
    before, after
        ``ctx.mask`` as the layer found it, and as the layer left it.
    y
        The layer's output.

    Returns
    -------
    array or None
        `after`, unless the output has no such time steps or the layer does not keep the steps.

    Raises
    ------
    ShapeError
        If the layer made a mask that is not of type bool, or not of the shape of the output's first axes.
    """
    if after is None or (after is before and not layer.keeps_steps):
        return None
    has_its_shape = y.shape[: after.ndim] == after.shape
    if after is not before and not (has_its_shape and after.dtype == bool):
        raise ShapeError(
            f"{layer!r} made a mask of shape {after.shape} and type {after.dtype} for an output of shape {y.shape}; "
            "make it bool, with the first axes of the output: (batch, time)"
        )
    return after if has_its_shape and 1 < after.ndim < y.ndim else None


def mask_of_targets(mask: Array | None, y: Array) -> Array | None:
    """Return the mask of a network's output, or None if targets `y` are not given for each time step."""
    return mask if mask is not None and y.shape[: mask.ndim] == mask.shape else None


def at_real_steps(mask: Array | None, array: Array) -> Array:
    """Return what an array ``(batch, time, …)`` holds at real steps, ``(steps, …)``; without a mask, the array."""
    return array if mask is None else array[mask]


def weights_of_steps(mask: Array | None, weights: Array | None) -> Array | None:
    """Return a weight for each real step, that of its sample; without a mask, the weights of the samples."""
    if mask is None or weights is None:
        return weights
    return np.repeat(weights, mask.sum(axis=tuple(range(1, mask.ndim))))


def counted(mask: Array | None, weights: Array | None, *arrays: Array) -> tuple[Any, ...]:
    """Return the weights and arrays of a batch as they count: those of its real steps, or without a mask of all."""
    if mask is None:
        return (weights, *arrays)
    return (weights_of_steps(mask, weights), *(array[mask] for array in arrays))


def weight_of_batch(mask: Array | None, y: Array, weights: Array | None) -> float:
    """Return how much a batch counts: the sum of its weights, or the number of its samples or real steps."""
    weights = weights_of_steps(mask, weights)
    return float(weights.sum() if weights is not None else len(y) if mask is None else np.count_nonzero(mask))
