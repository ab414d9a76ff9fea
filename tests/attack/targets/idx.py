"""IDX files, plain and packed."""

from __future__ import annotations

import gzip
import random
import struct
import zlib
from pathlib import Path

import numpy as np

from glassnet_datasets.idx import read_idx
from tests.attack.inputs import Input, Shown, Target
from tests.attack.mutations import damaged_bytes

_ARRAY = np.random.default_rng(0).integers(0, 255, (3, 4, 4)).astype(np.uint8)
_GOOD = struct.pack(">4B3I", 0, 0, 8, 3, 3, 4, 4) + _ARRAY.tobytes()
_UNPACKED_BOMB = 400 * 2**20


class Idx(Target):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.hard = [Input(_bomb(), "a gzip bomb", must_be_refused=True)]

    def damaged(self, chance: random.Random) -> Input:
        content = _GOOD
        if chance.random() < 0.3:
            sizes = [chance.choice([0, 1, 2**31, 2**32 - 1]) for _ in range(3)]
            header = struct.pack(">4B3I", 0, 0, chance.choice([8, 9, 14, 255]), chance.choice([0, 3, 255]), *sizes)
            content = header + _ARRAY.tobytes()
        if chance.random() < 0.4:
            content = gzip.compress(content, mtime=0)
        return Input(damaged_bytes(content, chance))

    def open(self, given: Input) -> Shown:
        path = self.folder / "images"
        path.write_bytes(given.content)
        return Shown(text=repr(read_idx(path, "uint8", 3).shape))


def _bomb() -> bytes:
    """Return a small gzip file that unpacks to many zeros, behind the header of three small images."""
    packer = zlib.compressobj(9, wbits=31)
    pieces = [packer.compress(_GOOD)]
    zeros = bytes(2**20)
    pieces += [packer.compress(zeros) for _ in range(_UNPACKED_BOMB // len(zeros))]
    return b"".join([*pieces, packer.flush()])
