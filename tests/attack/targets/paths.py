"""Experiment files that name places outside the folder of their run; each is trained."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from tests.attack.inputs import Input, Refused, Shown, Target, encoded
from tests.attack.recipes import command

_EXPERIMENT = """loss = "cce"
optimizer = "adam"
epochs = 1
layers = ["dense(3)", "softmax"]
dataset = "iris"
callbacks = ["csv_history(path='{path}')"]
"""


class Paths(Target):
    share = 0.02

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.hard = [self._naming(str(folder.parent / "outside.csv")), self._naming("x.csv")]

    def _naming(self, path: str) -> Input:
        return Input(encoded(_EXPERIMENT.format(path=path)), path)

    def damaged(self, chance: random.Random) -> Input:
        upwards = "../" * chance.randint(1, 2)
        outside = str(self.folder.parent)
        return self._naming(
            chance.choice([f"{upwards}x.csv", f"{outside}/x.csv", f"./{upwards}x.csv", f"{outside}/./x.csv", "x.csv"])
        )

    def open(self, given: Input) -> Shown:
        run, file = self.folder / "run", self.folder / "experiment.toml"
        shutil.rmtree(run, ignore_errors=True)
        file.write_bytes(given.content)
        before = set(self.folder.iterdir())
        code, text, errors = command("train", str(file), "--out", str(run), "--no-plots", "--quiet")
        if code:
            raise Refused(errors)
        if beside := set(self.folder.iterdir()) - before - {run}:
            raise AssertionError(f"written beside the run: {', '.join(path.name for path in beside)}")
        return Shown(text=text + errors)
