"""The graph of a trace: what pictures and files of it are made of."""

from __future__ import annotations

import attrs

from glassnet_reports.trace_nodes import Node, Part


@attrs.frozen(eq=False, repr=False)
class TraceGraph:
    """The operations from a batch to its loss, layer by layer.

    Attributes
    ----------
    loss
        The loss of the batch, penalties included.
    parts
        The layers, then the loss, then the penalties if there are any.
    nodes
        Every array by its name, in the order in which they came about; the last is the loss.
    """

    loss: float
    parts: tuple[Part, ...]
    nodes: dict[str, Node]
