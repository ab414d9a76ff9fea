"""Texts of the dataset characters, plain and packed."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import glassnet as gn
from tests.attack.inputs import Input, Shown, Target, encoded
from tests.attack.mutations import damaged_bytes, damaged_text

_GOOD = "It is a truth universally acknowledged, that a single man must be in want of a wife.\n" * 5
_UNPACKED_BOMB = 400 * 2**20


class Texts(Target):
    share = 0.5

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.hard = [Input(gzip.compress(bytes(_UNPACKED_BOMB), 9), "a gzip bomb", must_be_refused=True), Input(b"")]

    def damaged(self, chance: random.Random) -> Input:
        content = encoded(damaged_text(_GOOD, chance))
        if chance.random() < 0.5:
            content = gzip.compress(content, mtime=0)
        return Input(damaged_bytes(content, chance) if chance.random() < 0.7 else content)

    def open(self, given: Input) -> Shown:
        path = self.folder / "text.txt"
        path.write_bytes(given.content)
        data = gn.datasets.characters(10, path=str(path)).load()
        return Shown(text=f"{data.train.x.shape}")
