"""The table ``[tool.glassnet]`` of the current folder, which is read before anything is looked up."""

from __future__ import annotations

import os
import random
from importlib.metadata import entry_points
from pathlib import Path
from unittest import mock

from glassnet_settings.project import SETTINGS, read_project
from tests.attack.inputs import Input, Shown, Target, encoded
from tests.attack.mutations import damaged_bytes, damaged_text

_GOOD = """[tool.glassnet]
threads = 1
strict = true
prefer = ["glassnet-swish", "glassnet"]
data = "my/data"
accelerators = "off"
"""


class ProjectSettings(Target):
    share = 0.1

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.known = {SETTINGS: list(entry_points(group=SETTINGS))}
        table = "[tool.glassnet]\n"
        values = ['data = "a\\u0000b"', f"data = {'[' * 5000}", 'data = "~nosuchuser"', f"threads = 0x{'f' * 5000}"]
        texts = [table + value for value in (*values, "threads = 1e400", f"{'x' * 5000} = 1")]
        self.hard = [Input(encoded(text)) for text in (*texts, "tool.glassnet = 3")]

    def damaged(self, chance: random.Random) -> Input:
        content = encoded(damaged_text(_GOOD, chance))
        return Input(damaged_bytes(content, chance) if chance.random() < 0.2 else content)

    def open(self, given: Input) -> Shown:
        Path("pyproject.toml").write_bytes(given.content)
        with mock.patch.dict(os.environ):
            read_project(self.known)
            return Shown(text="")
