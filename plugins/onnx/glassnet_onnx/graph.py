"""A graph of ONNX that is being written: nodes, constants, and which layout an array has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_onnx.library import onnx_library


@attrs.frozen
class Value:
    """An array that flows through the graph.

    Attributes
    ----------
    name
        Its name in the graph.
    shape
        The shape of one sample, in glassnet's layout: channels last.
    channels_first
        Whether the graph has it as ``(batch, channels, …)``, as ONNX' operators on images want it.
    integer
        Whether its elements are integers.
    """

    name: str
    shape: gn.Shape
    channels_first: bool = False
    integer: bool = False


class Graph:
    """Nodes and constants in the order in which they are added.

    Attributes
    ----------
    nodes
        The nodes of ONNX.
    constants
        Parameters and numbers by name.

    Parameters
    ----------
    prefix
        What the names of results and numbers begin with.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.nodes: list[Any] = []
        self.constants: dict[str, gn.Array] = {}
        self._results = 0

    def node(self, operator: str, inputs: list[str], outputs: int = 1, used: int = 0, **attributes: Any) -> str:
        """Add a node and return the name of one result.

        Parameters
        ----------
        operator
            The operator of ONNX.
        inputs
            The names of its inputs; an empty one leaves an optional input out.
        outputs, used
            The number of its results, and the place of the one that is used.
        """
        names = [""] * outputs
        names[used] = self._new_name()
        self.nodes.append(onnx_library().helper.make_node(operator, inputs, names, **attributes))
        return names[used]

    def constant(self, name: str, array: Any) -> str:
        """Add a constant and return its name. Numbers of floating point are stored as float32 in the end."""
        self.constants[name] = np.asarray(array)
        return name

    def number(self, array: Any) -> str:
        """Add a constant without a name of its own, such as a shape, and return its name."""
        return self.constant(f"{self._prefix}constant_{len(self.constants)}", array)

    def elementwise(self, operator: str, x: Value, *others: str, **attributes: Any) -> Value:
        """Add a node that treats all elements alike, in whichever layout they are."""
        return attrs.evolve(x, name=self.node(operator, [x.name, *others], **attributes))

    def first(self, x: Value) -> Value:
        """Return an array with its channels first."""
        rank = len(x.shape) + 1
        if x.channels_first or rank < 3:
            return attrs.evolve(x, channels_first=True)
        name = self.node("Transpose", [x.name], perm=[0, rank - 1, *range(1, rank - 1)])
        return attrs.evolve(x, name=name, channels_first=True)

    def last(self, x: Value) -> Value:
        """Return an array with its channels last."""
        rank = len(x.shape) + 1
        if not x.channels_first or rank < 3:
            return attrs.evolve(x, channels_first=False)
        name = self.node("Transpose", [x.name], perm=[0, *range(2, rank), 1])
        return attrs.evolve(x, name=name, channels_first=False)

    def _new_name(self) -> str:
        self._results += 1
        return f"{self._prefix}v{self._results}"


@attrs.frozen
class Arrays:
    """Parameters and state of one layer, nested as the layer nests them.

    Attributes
    ----------
    place
        The place of the layer in the network, such as ``"3.0"``.
    parameters, state
        Its arrays by name.
    """

    place: str
    parameters: Mapping[str, Any]
    state: Mapping[str, Any]

    def child(self, key: str) -> Arrays:
        """Return the arrays of a layer that this one holds."""
        return Arrays(f"{self.place}.{key}", self.parameters.get(key, {}), self.state.get(key, {}))

    def parameter(self, graph: Graph, name: str, array: gn.Array | None = None) -> str:
        """Add a parameter to the graph, under its name in the network; `array` is a permutation of it."""
        return graph.constant(f"{self.place}.{name}", self.parameters[name] if array is None else array)
