"""Fingerprints of data: whether a run is continued with what it was started with.

A fingerprint is the CRC-32 of the bytes, beside shape and type. Of an array of samples larger than 256 MiB, 256 blocks
of about a mebibyte are taken, evenly spread, so that data on disk need not be read as a whole. Of targets and weights
everything is taken. Of batches from a list or tuple all are. A source of any other kind is not run for this, and only
the number of its batches is known. An array may bring its own: an attribute `digest`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

import numpy as np

from glassnet.data.arrays import ClassWeights
from glassnet.data.loader import DataLoader

Contents = dict[str, str | None]
"""Fingerprints by the names that `Network.fit` has for what they are of; None for what was not given."""

_BLOCKS = 256
_BLOCK_BYTES = 2**20


def fingerprint(data: DataLoader, validation: DataLoader | None, class_weights: ClassWeights | None) -> Contents:
    """Return the fingerprints of what a run is given.

    Parameters
    ----------
    data, validation
        What is trained on and validated with.
    class_weights
        A weight for each class, or None.
    """
    x, y, weights = _of(data)
    return {
        "x": x,
        "y": y,
        "sample_weight": weights,
        "class_weight": None if class_weights is None else _written(class_weights.by_class),
        "validation": None if validation is None else " / ".join(str(each) for each in _of(validation)),
    }


def recorded_class_weights(contents: Contents) -> dict[int, float] | None:
    """Return the weight of each class, by its label, that a run was given; None if it was given none."""
    written = contents.get("class_weight")
    if written is None:
        return None
    return {int(label): float(weight) for label, weight in (each.split(": ") for each in written.split(", "))}


def _of(data: DataLoader) -> tuple[str | None, str | None, str | None]:
    """Return the fingerprints of samples, targets and weights."""
    parts = [
        (_digest(x, at_most=_BLOCKS), _digest(y), None if weights is None else _digest(weights))
        for x, y, weights in data.parts()
    ]
    if not parts:
        return "batches", None, None
    if len(parts) == 1:
        return parts[0]
    x, y, weights = (" ".join(map(str, each)) for each in zip(*parts, strict=True))
    return x, y, weights


def _digest(array: Any, at_most: float = math.inf) -> str:
    known: str | None = getattr(array, "digest", None)  # of rows that several machines have parts of
    if known is not None:
        return known
    crc = 0
    for block in _blocks(array, at_most):
        # CRC-32 reads memory that is in one piece.
        crc = crc32(np.ascontiguousarray(array[block]).data, crc)
    return f"{np.dtype(array.dtype).str} {tuple(array.shape)} {crc:08x}"


def _blocks(array: Any, at_most: float) -> Iterator[slice]:
    """Return the places of the blocks that are looked at, first and last among them."""
    rows = max(1, _BLOCK_BYTES // (16 + math.prod(array.shape[1:]) * array.dtype.itemsize))
    blocks = math.ceil(len(array) / rows)
    for block in np.linspace(0, blocks - 1, int(min(blocks, at_most))).round().astype(int).tolist():
        yield slice(block * rows, min((block + 1) * rows, len(array)))


def _written(by_class: Mapping[int, float]) -> str:
    return ", ".join(sorted(f"{label}: {float(weight)!r}" for label, weight in by_class.items()))
