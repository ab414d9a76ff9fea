"""The hook by which a plugin says how its layers are written in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_onnx.graph import Arrays, Graph, Value


class ExportHooks:
    """The hook of this plugin."""

    @gn.hookspec(firstresult=True)
    def glassnet_onnx(self, layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value | None:
        """Add the nodes of a layer or an activation to a graph, and return its output; the first result wins.

        Parameters
        ----------
        layer
            A layer or an activation.
        graph
            The graph; its methods `node`, `constant`, `first` and `last` do the rest.
        x
            The layer's input.
        arrays
            Its parameters and state. They may be permuted, joined and split, and not changed: a file that is read
            again takes them from the graph.
        """
