"""Networks in ONNX, glassnet's own and those that torch has written."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path

import numpy as np
import onnx

import glassnet as gn
from glassnet_onnx.export import KEY, digest_of
from tests.attack.inputs import Input, Shown, Target
from tests.attack.mutations import as_json, damaged_bytes, damaged_document

_LAYERS = ("dense(3) batch_norm relu dense(2) softmax", "reshape([2, 2, 1]) conv2d(2, 2) relu flatten dense(2)")


class OnnxFiles(Target):
    share = 0.3

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "network.onnx"
        self.good = [self._foreign()]
        for layers in _LAYERS:
            gn.Network(layers).build((4,), seed=0).save(self.path)
            self.good.append(self.path.read_bytes())
        self.hard = [Input(b""), Input(b"\x08"), *(Input(content[:-3]) for content in self.good)]

    def _foreign(self) -> bytes:
        """Return a file of another program: without the description that ours have."""
        from onnx import TensorProto, helper

        weights = helper.make_tensor("w", TensorProto.FLOAT, [4, 2], np.arange(8.0))
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4])
        y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])
        nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])]
        graph = helper.make_graph(nodes, "g", [x], [y], [weights])
        return bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())

    def damaged(self, chance: random.Random) -> Input:
        if chance.random() < 0.5:
            return Input(damaged_bytes(chance.choice(self.good), chance))
        return Input(_forged(chance.choice(self.good[1:]), chance))

    def open(self, given: Input) -> Shown:
        self.path.write_bytes(given.content)
        network = gn.load(self.path)
        shape = network.predict(np.zeros((2, *network.input_shape), np.float32)).shape
        return Shown(text=f"{network} {shape}")


def _forged(content: bytes, chance: random.Random) -> bytes:
    """Return a file of ours whose description was damaged, with a digest that fits."""
    model = onnx.load_from_string(content)
    (entry,) = (each for each in model.metadata_props if each.key == KEY)
    described = damaged_document(json.loads(entry.value), chance)
    # Without what the digest is taken of, there is none that fits.
    with contextlib.suppress(AttributeError, LookupError, TypeError, ValueError):
        described["digest"] = digest_of(model, described)
    with contextlib.suppress(ValueError):  # half a pair of Unicode
        entry.value = as_json(described, chance)
    return bytes(model.SerializeToString())
