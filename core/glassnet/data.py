"""Data on their way into a network: checked once, converted a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.arrays import Array, Shape
from glassnet.dataset import Split
from glassnet.errors import DataError, ShapeError

_ROWS_CHECKED_AT_ONCE = 8192


def as_split(x: Any, y: Any = None) -> Split:
    """Return ``x, y`` or a split as a split of arrays."""
    if isinstance(x, Split):
        if y is not None:
            raise DataError("got a split and also y; give either a split or x and y")
        return Split(as_array(x.x, "x"), as_array(x.y, "y"), None if x.weights is None else np.asarray(x.weights))
    if y is None:
        raise DataError("got x without y; give a split, or x and y")
    return Split(as_array(x, "x"), as_array(y, "y"))


def as_array(values: Any, name: str) -> Array:
    """Return `values` as an array of numbers with a batch axis."""
    try:
        array = values if isinstance(values, np.ndarray) else np.asarray(values)
    except ValueError:
        raise DataError(f"{name} is ragged: its rows have different lengths; make them equally long") from None
    if array.ndim == 0:
        raise DataError(f"{name} is a single value; give one row a sample")
    return array


def check_inputs(x: Array, expected: Shape | None, name: str = "x") -> None:
    """Refuse inputs that no network can use.

    Raises
    ------
    DataError
        When they are empty, no numbers, NaN or infinite.
    ShapeError
        When a sample has not the shape that the network expects.
    """
    if len(x) == 0:
        raise DataError(f"{name} is empty (shape {x.shape}); give at least one sample")
    if expected is not None and x.shape[1:] != expected:
        wanted = ", ".join(["batch", *map(str, expected)])
        raise ShapeError(f"{name}: expected ({wanted}), got {x.shape}; the network was built for the former")
    check_numbers(x, name)


def check_numbers(x: Array, name: str) -> None:
    """Refuse what is no number, NaN and infinity, and say where the first one is."""
    if x.dtype.kind not in "fiub":
        raise DataError(f"{name} has element type {x.dtype}; give numbers, such as float32 or uint8")
    # NaN and infinity go through a sum, which is faster than to look at every number. It may overflow without them.
    with np.errstate(over="ignore", invalid="ignore"):
        if x.dtype.kind != "f" or np.isfinite(x.sum()):
            return
    for start in range(0, len(x), _ROWS_CHECKED_AT_ONCE):
        rows = x[start : start + _ROWS_CHECKED_AT_ONCE]
        if not np.isfinite(rows).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(rows))[0])
            place = (start + index[0], *index[1:])
            raise DataError(
                f"{name} has {x[place]} at sample {place[0]}{f', position {place[1:]}' if place[1:] else ''}; "
                "remove or replace what is not a finite number"
            )


class Converter:
    """Turns a batch of inputs into what the first layer reads, in one buffer that is used again."""

    def __init__(self, dtype: np.dtype[np.floating], keep_integers: bool) -> None:
        self.dtype = dtype
        self.keep_integers = keep_integers
        self._buffer: Array = np.empty(0, dtype)

    def __call__(self, x: Array) -> Array:
        if x.dtype == self.dtype or (self.keep_integers and x.dtype.kind in "iu"):
            return x
        if self._buffer.size < x.size:
            self._buffer = np.empty(x.size, self.dtype)
        converted = self._buffer[: x.size].reshape(x.shape)
        if x.dtype == np.uint8:
            np.multiply(x, self.dtype.type(1 / 255), out=converted)
        else:
            converted[...] = x
        return converted


class Feed:
    """Samples and targets, ready to be handed out in batches."""

    def __init__(self, x: Array, y: Array, converter: Converter, weights: Array | None = None) -> None:
        self.x = x
        self.y = y
        self.converter = converter
        self.weights = weights

    def __len__(self) -> int:
        return len(self.x)

    def chosen(self, indices: Array | slice) -> tuple[tuple[Array, Array], Array | None]:
        """Return the samples at `indices`, converted, with their targets; and their weights."""
        weights = None if self.weights is None else self.weights[indices]
        return (self.converter(self.x[indices]), self.y[indices]), weights

    def in_order(self, batch_size: int) -> Iterator[tuple[tuple[Array, Array], Array | None]]:
        """Iterate over all samples as they come."""
        for start in range(0, len(self), batch_size):
            yield self.chosen(slice(start, start + batch_size))


def weighted(split: Split, sample_weight: Any, class_weight: Mapping[int, float] | None) -> Split:
    """Return `split` with a weight for each sample: its own, times that of its class.

    Raises
    ------
    DataError
        When a weight is negative or not finite, or a class has none.
    """
    if sample_weight is None and class_weight is None and split.weights is None:
        return split
    weights = np.ones(len(split)) if split.weights is None else np.asarray(split.weights, np.float64)
    if sample_weight is not None:
        given = np.asarray(sample_weight, np.float64)
        Split(split.x, split.y, given)  # sees to it that there is one for each sample
        weights = weights * given
    if class_weight is not None:
        labels = split.y.argmax(axis=-1) if split.y.ndim > 1 and split.y.shape[-1] > 1 else split.y.reshape(len(split))
        missing = sorted(set(np.unique(labels).tolist()) - set(class_weight))
        if missing:
            raise DataError(f"class_weight has no weight for class {missing[0]}; give one for each class in the data")
        weights = weights * np.array([class_weight[label] for label in labels.tolist()])
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError(f"weights must be finite and >= 0 (got {weights.min()} to {weights.max()})")
    return Split(split.x, split.y, weights)


def hold_out(split: Split, fraction: float, rng: np.random.Generator) -> tuple[Split, Split]:
    """Return ``(training, validation)``: two parts of `split` that share no sample."""
    held = round(len(split) * fraction)
    if not 0 < held < len(split):
        raise DataError(
            f"validation={fraction} of {len(split)} samples leaves {len(split) - held} to train on and {held} to "
            "validate; choose another fraction or give more data"
        )
    order = rng.permutation(len(split))
    return split[np.sort(order[held:])], split[np.sort(order[:held])]
