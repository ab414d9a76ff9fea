"""Nodes that give an array another shape, or another order of its axes."""

from __future__ import annotations

import math

import numpy as np

from glassnet_onnx.chain import Node
from glassnet_onnx.layers_read import AXES, ONE, NotExpressibleError, Reading
from glassnet_onnx.node_readers import reader
from glassnet_onnx.numbers import BATCH


@reader("Transpose")
def _transpose(node: Node, reading: Reading) -> None:
    places = node.attributes.get("perm", [*range(len(reading.axes))][::-1])
    reading.axes = [reading.axes[place] for place in places]


@reader("Squeeze")
def _squeeze(node: Node, reading: Reading) -> None:
    given = node.constants[0] if node.constants else None
    ones = [place for place, axis in enumerate(reading.axes) if axis == ONE]
    places = ones if given is None else [place % len(reading.axes) for place in given]
    if not {*places} <= {*ones}:
        raise NotExpressibleError("it removes an axis of the layers")
    reading.axes = [axis for place, axis in enumerate(reading.axes) if place not in places]


@reader("Flatten")
def _flatten(node: Node, reading: Reading) -> None:
    if node.attributes.get("axis", 1) != 1:
        raise NotExpressibleError("its axis is not 1")
    _make_rows(reading)


@reader("Reshape")
def _reshape(node: Node, reading: Reading) -> None:
    given = node.constants[0]
    if given is None:
        raise NotExpressibleError("its shape depends on the samples")
    target = _lengths(given.tolist(), reading.sizes, keeps_zeros=not node.attributes.get("allowzero"))
    axes = _same_axes(target, reading)
    if axes is not None:
        reading.axes = axes
    elif target == [BATCH, math.prod(reading.shape)]:
        _make_rows(reading)
    else:
        raise NotExpressibleError(f"it reshapes to {given.tolist()}, which is not one row a sample")


def _lengths(target: list[int], sizes: list[int], *, keeps_zeros: bool) -> list[int]:
    """Return the lengths that a reshape asks for: 0 keeps one, and -1 is the rest."""
    lengths = [sizes[place] if each == 0 and keeps_zeros else each for place, each in enumerate(target)]
    rest = math.prod(sizes) // max(1, math.prod(each for each in lengths if each != -1))
    return [rest if each == -1 else each for each in lengths]


def _same_axes(target: list[int], reading: Reading) -> list[str] | None:
    """Return the axes behind a reshape that adds or removes axes of length 1; None if it does more."""
    left = [(axis, size) for axis, size in zip(reading.axes, reading.sizes, strict=True) if axis != ONE]
    axes: list[str] = []
    for length in target:
        if left and left[0][1] == length:
            axes.append(left.pop(0)[0])
        elif length == 1:
            axes.append(ONE)
        else:
            return None
    return None if left else axes


def _make_rows(reading: Reading) -> None:
    """Flatten each sample, and keep where the graph's row has each element of ours."""
    if reading.axes[0] != "batch":
        raise NotExpressibleError("its first axis is not that of the samples")
    order = [axis for axis in reading.axes[1:] if axis != ONE]
    ours = [*AXES[len(reading.shape)]]
    if order != ours:
        lengths = dict(zip(ours, reading.shape, strict=True))
        places = np.arange(math.prod(reading.shape)).reshape([lengths[axis] for axis in order])
        reading.rows = places.transpose([order.index(axis) for axis in ours]).ravel()
    if len(reading.shape) > 1:
        reading.add("flatten")
    reading.axes = ["batch", "features"]
