"""Journals of sweeps and points of the laboratory, from which both go on."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

from tests.attack.inputs import Input, Refused, Shown, Target, encoded
from tests.attack.mutations import as_json, damaged_bytes, damaged_document
from tests.attack.recipes import command


class Sweeps(Target):
    share = 0.03

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.finished, self.sweep = folder / "finished", folder / "sweep"
        vary = ("--vary", "optimizer=sgd,adam", "--epochs", "1")
        command("sweep", "xor", *vary, "--out", str(self.finished), "--quiet")
        self.good = (self.finished / "journal.jsonl").read_bytes()
        self.hard = [Input(b""), Input(self.good[:-20]), Input(self.good * 2), Input(b"[]\n"), Input(b"{}\n")]

    def damaged(self, chance: random.Random) -> Input:
        if chance.random() < 0.3:
            return Input(damaged_bytes(self.good, chance))
        lines = self.good.decode().splitlines()
        number = chance.randrange(len(lines))
        lines[number] = as_json(damaged_document(json.loads(lines[number]), chance), chance)
        return Input(encoded("\n".join(lines) + "\n"))

    def open(self, given: Input) -> Shown:
        shutil.rmtree(self.sweep, ignore_errors=True)
        shutil.copytree(self.finished, self.sweep)
        (self.sweep / "journal.jsonl").write_bytes(given.content)
        code, text, errors = command("sweep", "--resume", str(self.sweep), "--quiet")
        if code:
            raise Refused(errors)
        return Shown(text=text + errors)


class Laboratories(Target):
    share = 0.05

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.lab = folder / "lab"
        command("lab", "start", "--seed", "1")
        os.chdir(self.lab)
        self.hard = [Input(b""), Input(b'{"number": -1}'), Input(b'{"number": 1e400}')]

    def damaged(self, chance: random.Random) -> Input:
        answer = {"number": 7, "points": 3, "solved": True}
        good = {"number": 125365, "hints": 0, "wrong": 0, "answered": [answer]}
        return Input(encoded(as_json(damaged_document(good, chance), chance)))

    def open(self, given: Input) -> Shown:
        shown = ""
        for words in (("score",), ("hint",)):
            (self.lab / "lab.json").write_bytes(given.content)
            code, text, errors = command("lab", *words)
            if code > 1:
                raise Refused(errors)
            shown += text + errors
        return Shown(text=shown)
