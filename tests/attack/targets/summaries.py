"""Summaries of runs, as predictions show them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np

import glassnet as gn
from tests.attack.inputs import Input, Refused, Shown, Target, encoded
from tests.attack.mutations import as_json, damaged_document
from tests.attack.recipes import command

_GOOD = {
    "run": "r",
    "dataset": "digits",
    "task": "classification",
    "classes": ["a", "b", "c"],
    "inputs": {"pixels": True, "mean": 33.3},
    "parameters": 3,
    "seed": 0,
    "epochs": 3,
    "train_seconds": 1.0,
    "interrupted": False,
    "test": {"loss": 1.0},
}


class Summaries(Target):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.run = folder / "run"
        self.run.mkdir()
        rng = np.random.default_rng(0)
        network = gn.Network("flatten dense(3) softmax")
        x = rng.integers(0, 255, (20, 5, 5, 1)).astype(np.uint8)
        network.fit(x, np.arange(20) % 3, loss="cce", optimizer="sgd", progress=False)
        network.save(self.run / "model.safetensors")
        np.save(folder / "samples.npy", x[:2])
        names = ["\x1b[2Jcat", "dog", "\x07"]
        hard = [{**_GOOD, "classes": names}, {**_GOOD, "inputs": "0"}, {**_GOOD, "classes": 3}]
        self.hard = [Input(encoded(json.dumps(each))) for each in hard]

    def damaged(self, chance: random.Random) -> Input:
        return Input(encoded(as_json(damaged_document(_GOOD, chance), chance)))

    def open(self, given: Input) -> Shown:
        (self.run / "summary.json").write_bytes(given.content)
        code, text, errors = command("predict", str(self.run), str(self.folder / "samples.npy"))
        if code:
            raise Refused(errors)
        return Shown(text=text + errors)
