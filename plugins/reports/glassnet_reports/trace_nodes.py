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
    word
        What the layer calls the part, or the array that is computed from it, such as ``"forget gate"``; mostly empty.
    """

    name: str
    index: str
    places: Array
    shape: tuple[int, ...]
    word: str = ""

    @property
    def title(self) -> str:
        """The part, and what is computed from it: ``"v4[:, 3:6] forget gate"``."""
        return f"{self.name}{self.index} {self.word}".rstrip()


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
    word
        What the layer calls it, such as ``"forget gate"``; empty if it has no name there.
    axes
        What the layer calls its axes, such as ``("sample", "head", "step", "step looked at")``; mostly empty.
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
    word: str = ""
    axes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name, what it is computed from, and what the layer calls it: ``"v8 = v7 + 0.5, input gate"``."""
        computed = f"{self.name} = {self.text}" if self.operation else self.name
        return f"{computed}, {self.word}" if self.word else computed


@attrs.frozen(eq=False)
class Part:
    """A layer of the network, or the loss: title and formula."""

    title: str
    formula: str
