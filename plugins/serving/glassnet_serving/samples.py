"""Numbers without names as samples of a network."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_serving.limits import RefusedError


def as_samples(rows: Any, network: gn.Network) -> gn.Array:
    """Return rows of numbers as samples, ``(rows, *input_shape)``.

    Parameters
    ----------
    rows
        Nested lists with the shape of a sample each, or flat ones. Pixels are whole numbers up to 255; if all numbers
        of a request are at most 1, they are fractions of the full brightness.
    network
        What the samples are for.

    Raises
    ------
    RefusedError
        If they are not numbers, or have another shape.
    """
    shape = network.input_shape
    try:
        array = np.asarray(rows)
    except ValueError:
        raise RefusedError(422, f"the rows have different lengths; give {_wanted(shape)}") from None
    if array.dtype.kind not in "iuf":
        raise RefusedError(422, f"the rows are not numbers alone; give {_wanted(shape)}")
    if array.ndim < 2 or math.prod(array.shape[1:]) != math.prod(shape):
        raise RefusedError(422, f"a row has the shape {array.shape[1:]}; give {_wanted(shape)}")
    array = array.reshape(len(array), *shape)
    if network.inputs is not None and network.inputs.pixels and (array > 1).any():
        return _as_bytes(array)
    return array


def check_names(names: Collection[str], known: Sequence[str], where: str) -> None:
    """Raise `RefusedError` if the names of columns are not those of the training, in any order."""
    absent = [name for name in known if name not in names]
    if absent:
        raise RefusedError(
            422, f"{where} has no column {absent[0]!r}{gn.did_you_mean(absent[0], names)}; give {', '.join(known)}"
        )
    extra = [name for name in names if name not in known]
    if extra:
        raise RefusedError(
            422, f"{where} has the column {extra[0][:40]!r}, which the training did not have; leave it out"
        )


def _as_bytes(array: gn.Array) -> gn.Array:
    pixels = array.astype(np.uint8) if ((array >= 0) & (array <= 255)).all() else None
    if pixels is None or (pixels != array).any():
        raise RefusedError(
            422, "the network takes pixels; give whole numbers from 0 to 255, or fractions from 0 to 1 alone"
        )
    return pixels


def _wanted(shape: gn.Shape) -> str:
    return f"{math.prod(shape):,} numbers a row (a sample has the shape {shape})"
