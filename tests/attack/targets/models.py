"""Model files: damaged bytes, and descriptions and tensors that are nonsense."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet_persistence.plain_options import as_plain
from tests.attack.inputs import Input, Shown, Target, edited, flipped, forged, packed, sealed, unpacked
from tests.attack.mutations import damaged_bytes

_X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
_Y = (_X[:, 0] > 0).astype(np.int64)


class Models(Target):
    share = 2.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "model.safetensors"
        network = gn.Network("dense(3) batch_norm relu dense(2) softmax")
        network.fit(_X, _Y, loss="cce", optimizer="sgd", metrics=["accuracy"], regularizer="l2(0.001)", progress=False)
        network.save(self.path)
        self.content = self.path.read_bytes()
        self.saved = self.open(Input(self.content)).value
        self.hard = [
            Input(self._without_metadata(), "metadata null", must_be_refused=True),
            Input(self._huge(), "900 million parameters", must_be_refused=True),
            Input(self._with_last_tensor_as("I8"), "a tensor of int8", must_be_refused=True),
            Input(self._with_last_tensor_as("BOOL"), "a tensor of bool", must_be_refused=True),
            Input(self._not_finite(), "NaN", was_saved=True, must_be_refused=True),
            Input(flipped(self.content), "one bit of the last number", was_saved=True),
            Input(self._with_last_tensor_as("\x1b[31m"), "an escape sequence", must_be_refused=True),
            *(
                Input(edited(self.content, **{name: value}), f"{name} {value!r}", must_be_refused=True)
                for name, value in [
                    ("dtype", "int32"),
                    ("dtype", "complex64"),
                    ("input_shape", "4"),
                    ("input_shape", [4.9]),
                    ("input_shape", [True]),
                    ("input_shape", None),
                    ("format", True),
                    ("layers", "dense(3) batch_norm relu dense(2) softmax"),
                ]
            ),
        ]

    def _huge(self) -> bytes:
        header, _ = unpacked(edited(self.content, layers=["dense(30000)", "dense(30000)"]))
        return sealed(packed({"__metadata__": header["__metadata__"]}, b""))

    def _without_metadata(self) -> bytes:
        header, body = unpacked(self.content)
        return packed({**header, "__metadata__": None}, body)

    def _with_last_tensor_as(self, dtype: str) -> bytes:
        """Return the file with its last tensor in the body in elements of one byte, which are fewer bytes."""
        header, body = unpacked(self.content)
        tensors = [each for name, each in header.items() if name != "__metadata__"]
        last = max(tensors, key=lambda each: each["data_offsets"][1])
        start, end = last["data_offsets"]
        last["dtype"], last["data_offsets"] = dtype, [start, start + (end - start) // 4]
        return sealed(packed(header, body[:start] + bytes((end - start) // 4)))

    def _not_finite(self) -> bytes:
        header, body = unpacked(self.content)
        return packed(header, np.full(len(body) // 4, np.nan, np.float32).tobytes())

    def damaged(self, chance: random.Random) -> Input:
        if chance.random() < 0.6:
            return Input(damaged_bytes(self.content, chance), was_saved=True)
        return Input(forged(self.content, chance))

    def open(self, given: Input) -> Shown:
        self.path.write_bytes(given.content)
        network = gn.load(self.path)
        network.predict(_X[:3])
        if network.evaluation_config is not None:
            network.evaluate(_X, _Y)
        state = [
            repr(network),
            network.flat_parameters.tobytes(),
            repr(network.state),
            as_plain(network.evaluation_config) if network.evaluation_config else None,
        ]
        return Shown(state, repr(network))
