"""The metadata of an installed distribution: other people's plugins must not keep glassnet from working."""

from __future__ import annotations

import contextlib
import importlib
import random
import shutil
import sys
from pathlib import Path

from glassnet.errors import GlassnetError
from glassnet.registry.registry import Registry
from tests.attack.inputs import Input, Shown, Target, encoded
from tests.attack.mutations import damaged_text

_ENTRIES = """[glassnet.activations]
attacked = glassnet_activations.relu:Relu

[glassnet.layers]
attacked = glassnet_layers.dense:Dense

[console_scripts]
x = y:z
"""
_METADATA = "Metadata-Version: 2.1\nName: attacked\nVersion: 1.0\nRequires-Dist: glassnet>=0.1\n\nText\n"
_TARGETS = [
    "a:b:c",
    "",
    "x",
    "[",
    "= =",
    "\x00",
    "a" * 5000,
    "é:ü",
    "os.path:",
    ":",
    "../x:y",
    "glassnet.errors:no.such",
]
_NAMES = ["Bad", "good", "relu", "dense", "é", "a b", "_x", "1"]
_FOLDERS = ["attacked-1.0.dist-info", "attacked.egg-info", "x.dist-info", "at tacked-1.0.dist-info", "é-1.dist-info"]
_SEPARATOR = b"\n--metadata--\n"


class EntryPoints(Target):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.site = folder / "site"
        self.site.mkdir()
        sys.path.insert(0, str(self.site))

    def damaged(self, chance: random.Random) -> Input:
        entries = damaged_text(_ENTRIES, chance) if chance.random() < 0.6 else _ENTRIES
        metadata = damaged_text(_METADATA, chance) if chance.random() < 0.6 else _METADATA
        if chance.random() < 0.4:
            group = chance.choice(["activations", "layers", "losses", "x"])
            entries += f"\n[glassnet.{group}]\n{chance.choice(_NAMES)} = {chance.choice(_TARGETS)}\n"
        return Input(encoded(entries) + _SEPARATOR + encoded(metadata), chance.choice(_FOLDERS))

    def open(self, given: Input) -> Shown:
        for each in self.site.iterdir():
            shutil.rmtree(each)
        folder = self.site / given.about
        folder.mkdir()
        entries, _, metadata = given.content.partition(_SEPARATOR)
        (folder / "entry_points.txt").write_bytes(entries)
        (folder / ("METADATA" if given.about.endswith("dist-info") else "PKG-INFO")).write_bytes(metadata)
        importlib.invalidate_caches()
        registry = Registry()
        titles = []
        for kind in ("activation", "layer", "loss"):
            for entry in registry.entries(kind):
                titles.append(f"{entry.title} {entry.distribution} {entry.version}")
                if not entry.is_own:
                    with contextlib.suppress(GlassnetError):
                        registry.load(entry)
        registry.create("loss", "mse")  # nothing above may keep this from working
        registry.create("layer", "glassnet:dense(3)")
        with contextlib.suppress(GlassnetError):
            registry.create("layer", "attacked(3)")
        return Shown(text="")
