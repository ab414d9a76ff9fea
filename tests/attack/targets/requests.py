"""Requests to a server of predictions."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path

from glassnet_commands.saved_run import open_saved
from glassnet_serving.limits import Limits, RefusedError
from glassnet_serving.question import question_in
from tests.attack.inputs import Input, Refused, Shown, Target, encoded
from tests.attack.mutations import as_json, damaged_bytes, damaged_document, damaged_text
from tests.attack.recipes import command

_TABLE = "rooms,town,price\n" + "".join(f"{rooms},{town},{rooms * 50}\n" for rooms in range(2, 9) for town in "ab")
_ROWS = [{"rooms": 3, "town": "a"}, {"rooms": 4.5, "town": "b"}]


class Requests(Target):
    share = 0.3

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        tempfile.tempdir = str(folder)  # of this process, which is a child
        table, run = folder / "houses.csv", folder / "houses"
        table.write_text(_TABLE)
        options = ("--target", "price", "--epochs", "1", "--no-plots", "--quiet")
        command("train", str(table), "--out", str(run), *options)
        self.saved_run, self.limits = open_saved(run), Limits()
        deep = [b"[" * 50_000, b'{"rows": ' + b"[" * 50_000, b'[{"rooms": 1e999, "town": "\\ud800"}]', b""]
        self.hard = [Input(content, "application/json") for content in deep]
        self.hard += [Input(b"rooms,town\n" + b"1," * 10_000, "text/csv"), Input(b"\x89PNG\r\n", "image/png")]

    def damaged(self, chance: random.Random) -> Input:
        if chance.random() < 0.7:
            rows = damaged_document({"rows": _ROWS} if chance.random() < 0.5 else _ROWS, chance)
            return Input(encoded(as_json(rows, chance)), "application/json")
        content = encoded(damaged_text("rooms,town\n3,a\n4.5,b\n", chance))
        kind = chance.choice(["text/csv", "image/png", "application/json", "", "x/y"])
        return Input(damaged_bytes(content, chance), kind)

    def open(self, given: Input) -> Shown:
        try:
            question = question_in(given.about, given.content, self.saved_run, self.limits)
        except RefusedError as error:
            raise Refused(str(error)) from None
        return Shown(text=json.dumps(question.samples.shape))
