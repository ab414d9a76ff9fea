"""Arrays in ``.npy`` files, and archives of them, given to a network."""

from __future__ import annotations

import io
import random
import struct
from pathlib import Path

import numpy as np

import glassnet as gn
from tests.attack.inputs import Input, Refused, Shown, Target, encoded
from tests.attack.mutations import damaged_bytes, damaged_text
from tests.attack.recipes import command

_BASE = np.random.default_rng(0).normal(size=(3, 5, 5, 1))
_HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 5, 5, 1), }"
_TYPES = ["'|O'", "'<M8[s]'", "'<c16'", "'<U5'", "'|V8'", "[('a', '<f8')]", "'|S0'", "'<g'", "('<f8', (2,))", "None"]
_SHAPES = ["()", "(0,)", "(-1,)", "(1000000000, 5, 5, 1)", "(2**62,)", "(True,)", "'a'", "(3, -5, -5, 1)", "(1.0,)"]


class Npy(Target):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.model = folder / "model.safetensors"
        gn.Network("flatten dense(2)").build((5, 5, 1)).save(self.model)
        kinds = [
            _BASE.astype("f4"),
            _BASE,
            _BASE > 0,
            _BASE.astype(">f4"),
            np.asfortranarray(_BASE),
            _BASE.astype("f2"),
        ]
        self.arrays = [_written(np.save, each) for each in kinds]
        objects = np.array([{}, 1], object)
        self.archives = [_written(np.savez, _BASE), _written(np.savez_compressed, _BASE), _written(np.save, objects)]
        hard = [_HEADER.replace("(3,", "(9999999999,"), _HEADER.replace("}", "("), _HEADER.replace("'<f8'", "'|O'")]
        hard += ["{'descr': " + "1 " * 600 + "}", _HEADER.replace("<f8", "4\x04f4")]
        self.hard = [Input(_with_header(text), ".npy") for text in hard]

    def damaged(self, chance: random.Random) -> Input:
        match chance.randrange(4):
            case 0 | 1:
                return Input(damaged_bytes(chance.choice(self.arrays), chance), ".npy")
            case 2:
                return Input(damaged_bytes(chance.choice(self.archives), chance), chance.choice([".npy", ".npz"]))
            case _:
                text = _HEADER.replace("'<f8'", chance.choice(["'<f8'", *_TYPES]))
                text = text.replace("(3, 5, 5, 1)", chance.choice(["(3, 5, 5, 1)", *_SHAPES]))
                return Input(_with_header(damaged_text(text, chance) if chance.random() < 0.5 else text), ".npy")

    def open(self, given: Input) -> Shown:
        path = self.folder / f"samples{given.about}"
        path.write_bytes(given.content)
        code, text, errors = command("predict", str(self.model), str(path))
        if code:
            raise Refused(errors)
        return Shown(text=text + errors)


def _written(write: object, array: np.ndarray) -> bytes:
    file = io.BytesIO()
    write(file, array)  # type: ignore[operator]
    return file.getvalue()


def _with_header(text: str) -> bytes:
    header = encoded(text)
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) & 0xFFFF) + header + _BASE.tobytes()
