"""Axes that are reduced: from their elements to one result, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from glassnet.types import Array


def spread(x: Array, g: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Give each element of `x` what belongs to the number that was made of it."""
    return np.broadcast_to(g if axis is None or keepdims else np.expand_dims(g, axis), x.shape)


def in_one_axis(x: Array, axis: Any) -> tuple[Array, Callable[[Array], Array]]:
    """Return `x` with the axes that are reduced as its last, and the function that moves them back."""
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    order = (*(one for one in range(x.ndim) if one not in axes), *axes)
    shape = [x.shape[one] for one in order]
    line = x.transpose(order).reshape(*shape[: x.ndim - len(axes)], -1)
    return line, lambda array: array.reshape(shape).transpose(np.argsort(order))
