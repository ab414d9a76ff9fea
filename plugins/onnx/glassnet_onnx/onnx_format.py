"""The format onnx: graphs that onnxruntime, browsers and other frameworks run."""

from __future__ import annotations

from pathlib import Path

import glassnet as gn
from glassnet_onnx.library import onnx_library


class Onnx(gn.Format):
    """One file with the graph of a network, its numbers in float32, and what it takes to train it further in glassnet.

    Bai, Lu, Zhang and others (2019), ONNX: Open Neural Network Exchange, https://onnx.ai.
    """

    opset: int = gn.option(21, ge=20, le=23, help="version of the operators")

    def save(self, network: gn.Network, path: Path) -> None:
        from glassnet_onnx.export import model_of
        from glassnet_onnx.table_graph import NoRuleError

        note = None
        try:
            model = model_of(network, self.opset)
        except NoRuleError as error:
            note, model = str(error), model_of(network, self.opset, takes_columns=False)
        gn.atomic_write(path, model.SerializeToString(deterministic=True))
        if note is not None or _misses_transforms(network):
            begin = f"{note}; " if note else ""
            gn.warn(
                f"{begin}the graph in {path} has no transforms of rows; prepare rows by "
                "net.preprocessing.samples(rows), and outputs by net.preprocessing.in_units(outputs), or read the "
                "file by gn.load"
            )

    def load(self, path: Path) -> gn.Network:
        from glassnet_onnx.reading import network_in

        onnx_library()
        return network_in(path)


def _misses_transforms(network: gn.Network) -> bool:
    """Tell whether a network transforms its inputs by something other than columns of a table."""
    return network.preprocessing is not None and network.preprocessing.name != "table"
