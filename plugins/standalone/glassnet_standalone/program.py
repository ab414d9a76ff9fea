"""A network as a program: calls of kernels, one after another, with the arrays and the numbers that each is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs

import glassnet as gn
from glassnet_standalone.expression import Expression


@attrs.frozen(eq=False)
class Value:
    """An array that a program computes.

    Attributes
    ----------
    number
        Its number in the program; the input has 0.
    shape
        The shape of one sample, with channels last.
    mask
        Which time steps are real, as a value of numbers 0 and 1; None if all are.
    """

    number: int
    shape: gn.Shape
    mask: Value | None = None

    @property
    def size(self) -> int:
        """The number of elements of a sample."""
        return math.prod(self.shape)


@attrs.frozen(eq=False)
class Matrix:
    """Weights whose last axis has the outputs, which may be stored as integers of 8 bits."""

    name: str


@attrs.frozen(eq=False)
class Vector:
    """Numbers that are always stored in floating point."""

    name: str


@attrs.frozen(eq=False)
class Call:
    """One step of a program: a kernel computes a value.

    Attributes
    ----------
    kernel
        The name of the kernel; ``"reshape"`` gives the same elements another shape, and ``"linked"`` is the layer's
        own code.
    layer, place
        The layer that is computed, and its place in the network, such as ``"3.0"``.
    inputs, output
        The values that are read and the one that is computed.
    arrays
        Parameters and state in the order of the kernel's arguments; None for one that the layer does not have.
    options
        What the kernel in Python is given besides, by name.
    sizes
        What the kernel in C is given besides, in order.
    expression
        For an elementwise function, its formula; the kernel is made of it.
    """

    kernel: str
    layer: gn.Layer
    place: str
    inputs: tuple[Value, ...]
    output: Value
    arrays: tuple[Matrix | Vector | None, ...] = ()
    options: Mapping[str, Any] = attrs.field(factory=dict)
    sizes: tuple[float, ...] = ()
    expression: Expression | None = None


class Program:
    """Calls in order, and the arrays that they read by name.

    Attributes
    ----------
    network
        The network that the program computes.
    calls
        The steps.
    arrays
        Parameters and state by name.
    input, output
        The first and the last value.
    links
        Whether a layer without a kernel is called by its own code, as Python can.
    """

    def __init__(self, network: gn.Network, *, links: bool) -> None:
        self.network = network
        self.links = links
        self.calls: list[Call] = []
        self.arrays: dict[str, gn.Array] = {}
        self.input = self.output = Value(0, tuple(network.input_shape))
        self._values = 1

    def call(
        self, kernel: str, layer: gn.Layer, place: str, inputs: tuple[Value, ...], shape: gn.Shape, **given: Any
    ) -> Value:
        """Add a call and return the value that it computes."""
        output = Value(self._values, tuple(shape))
        self._values += 1
        self.calls.append(Call(kernel, layer, place, inputs, output, **given))
        return output

    def matrix(self, name: str, array: gn.Array) -> Matrix:
        """Add weights whose last axis has the outputs."""
        self.arrays[name] = array
        return Matrix(name)

    def vector(self, name: str, array: gn.Array | None) -> Vector | None:
        """Add numbers that stay in floating point; None adds nothing."""
        if array is None:
            return None
        self.arrays[name] = array
        return Vector(name)
