"""The nodes and parts of a trace."""

from __future__ import annotations

import attrs

from glassnet.types import Array


@attrs.frozen(eq=False)
class ShownPart:
    """A part of an array that an operation reads.

    Attributes
    ----------
    name
        The node whose array it is.
    index
        The part as an index, such as ``"[6:9]"`` or ``"[:, ::2]"``; ``"[…]"`` if it is too irregular to be written.
    places
        The positions of the elements in the array, counted as in ``array.ravel()``; empty if they are not known.
    shape
        The shape of the array.
    """

    name: str
    index: str
    places: Array
    shape: tuple[int, ...]


@attrs.frozen(eq=False)
class Node:
    """An array in a trace, and where it came from.

    Attributes
    ----------
    name
        ``"x"``, ``"y"``, the name of a parameter such as ``"0.weights"``, or ``"v3"`` for the third result.
    kind
        ``"input"``, ``"target"``, ``"parameter"``, ``"state"`` or ``"operation"``.
    part
        Index of the part of the network that it belongs to.
    operation
        What NumPy calls the operation, such as ``"np.matmul"``; empty where nothing was computed.
    text
        The operation with its arguments, such as ``"x @ weights"``; otherwise the name within the part.
    value
        The array.
    gradient
        The derivative of the loss with respect to it.
    inputs
        The names of the nodes that it was computed from.
    shown
        Those of the inputs of which it reads a part, with the part.
    """

    name: str
    kind: str
    part: int
    operation: str
    text: str
    value: Array
    gradient: Array
    inputs: tuple[str, ...]
    shown: tuple[ShownPart, ...] = ()


@attrs.frozen(eq=False)
class Part:
    """A layer of the network, or the loss: title and formula."""

    title: str
    formula: str
