"""The layers that have been read from a graph so far, and how the graph has the array behind them."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_onnx.numbers import BATCH

# What the axes of a sample mean in glassnet, by their number.
AXES = {
    1: ("features",),
    2: ("time", "features"),
    3: ("height", "width", "channels"),
}
ONE = "one"


class NotExpressibleError(Exception):
    """A node with attributes that no layer has."""


@attrs.define
class ReadLayer:
    """A layer by its name, its options and its arrays: parameters and state."""

    name: str
    options: dict[str, Any]
    arrays: dict[str, gn.Array]

    @property
    def spec(self) -> str:
        """The spec that makes the layer."""
        given = dict(self.options)
        if self.name in ("dense", "conv2d"):
            given["bias"] = "bias" in self.arrays
        arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return f"{self.name}({arguments})" if arguments else self.name


@attrs.define
class Reading:
    """A graph that is read from its input to its output.

    Attributes
    ----------
    shape
        The shape of one sample behind these layers, in glassnet's layout.
    axes
        What each axis means that the array has in the graph, such as ``["batch", "channels", "height", "width"]``.
    layers
        The layers so far.
    rows
        Of an image that was flattened in the graph's layout: where it has each element of glassnet's row.
    """

    shape: tuple[int, ...]
    axes: list[str]
    layers: list[ReadLayer] = attrs.field(factory=list)
    rows: gn.Array | None = None

    def add(self, name: str, options: dict[str, Any] | None = None, **arrays: gn.Array) -> None:
        """Add a layer with its arrays; the axes stay as they are."""
        read = ReadLayer(name, options or {}, arrays)
        self.layers.append(read)
        layer: Any = gn.create("layer", read.spec)
        self.shape = layer.output_shape(self.shape)

    @property
    def last(self) -> ReadLayer | None:
        """The last layer."""
        return self.layers[-1] if self.layers else None

    @property
    def feature_axis(self) -> int:
        """The place of the axis that glassnet has last."""
        return self.axes.index(AXES[len(self.shape)][-1])

    @property
    def sizes(self) -> list[int]:
        """The length of each axis in the graph, with `BATCH` samples."""
        known = dict(zip(AXES[len(self.shape)], self.shape, strict=True)) | {"batch": BATCH, ONE: 1}
        return [known[axis] for axis in self.axes]

    def check_axes(self, *wanted: str) -> None:
        """Raise `NotExpressibleError` if the axes are others."""
        if self.axes != [*wanted]:
            raise NotExpressibleError(f"its input has the axes {self.axes}, and {[*wanted]} are needed")

    def ordered(self, vector: gn.Array) -> gn.Array:
        """Return a vector over the elements of the feature axis in glassnet's order."""
        return vector if self.rows is None else vector[self.rows]

    def per_feature(self, array: gn.Array | None) -> gn.Array:
        """Return a constant of the graph as a vector with a number for each feature.

        Raises
        ------
        NotExpressibleError
            If it is not a constant, or differs along another axis.
        """
        if array is None:
            raise NotExpressibleError("its second input is not a constant")
        size = self.sizes[self.feature_axis]
        shape = (1,) * (len(self.axes) - array.ndim) + array.shape
        others = [length for place, length in enumerate(shape) if place != self.feature_axis]
        if len(shape) != len(self.axes) or {*others} > {1} or shape[self.feature_axis] not in (1, size):
            raise NotExpressibleError(f"its constant has shape {array.shape}, and not one number for each feature")
        return self.ordered(np.broadcast_to(array.ravel(), size))
