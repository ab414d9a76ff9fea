"""The small files of a run, as the commands read them that show runs."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from pathlib import Path

from tests.attack.inputs import Input, Refused, Shown, Target, encoded
from tests.attack.mutations import as_json, damaged_document, damaged_text
from tests.attack.recipes import command

_FILES = ("summary.json", "environment.json", "record.json", "history.csv", "experiment.toml")
_COMMANDS = {
    "runs": ("runs", "{folder}", "--columns", "all"),
    "epochs": ("runs", "{folder}", "--epochs"),
    "page": ("runs", "{folder}", "--html", "{folder}/runs.html"),
    "doctor": ("doctor", "{run}"),
    "compare": ("compare", "{run}", "{other}", "--no-repeat"),
    "card": ("card", "{run}", "--out", "{folder}/card.md"),
    "evaluate": ("evaluate", "{run}"),
    "dry run": ("train", "{run}/experiment.toml", "--dry-run"),
}


class RunFolders(Target):
    share = 0.2

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        tempfile.tempdir = str(folder)  # of this process, which is a child
        self.other, self.run = folder / "other", folder / "runs" / "run"
        command("train", "xor", "--out", str(self.other), "--epochs", "2", "--no-plots", "--quiet")
        self.good = {name: (self.other / name).read_text() for name in _FILES}
        self.hard = [Input(b"", f"{name}: {reader}") for name in _FILES for reader in _COMMANDS]
        escapes = encoded(self.good["history.csv"].replace("loss", "\x1b[2Jloss", 1))
        self.hard += [Input(escapes, f"history.csv: {reader}") for reader in _COMMANDS]

    def damaged(self, chance: random.Random) -> Input:
        name, reader = chance.choice(_FILES), chance.choice(list(_COMMANDS))
        text = self.good[name]
        if name.endswith(".json") and chance.random() < 0.8:
            text = as_json(damaged_document(json.loads(text), chance), chance)
        else:
            text = damaged_text(text, chance)
        return Input(encoded(text), f"{name}: {reader}")

    def open(self, given: Input) -> Shown:
        name, reader = given.about.split(": ")
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.copytree(self.other, self.run)
        (self.run / name).write_bytes(given.content)
        places = {"folder": self.run.parent, "run": self.run, "other": self.other}
        code, text, errors = command(*(word.format(**places) for word in _COMMANDS[reader]))
        if code > 1:
            raise Refused(errors)
        return Shown(text=text + errors)
