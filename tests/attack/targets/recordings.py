"""What runs record for plots and for the search for a divergence; each is drawn or replayed."""

from __future__ import annotations

import random
from pathlib import Path

from tests.attack.inputs import Input, Refused, Shown, Target, flipped, forged
from tests.attack.mutations import damaged_bytes
from tests.attack.recipes import command

_READERS = {
    "recording.safetensors": ("plot", "gradients", "{run}", "--json"),
    "fault.safetensors": ("replay", "{run}", "--json"),
}


class Recordings(Target):
    """A recording that was damaged after it was saved must be refused, or give what was saved."""

    share = 0.1

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.runs = {"recording.safetensors": folder / "recorded", "fault.safetensors": folder / "diverged"}
        _train(self.runs["recording.safetensors"], "adam")
        _train(self.runs["fault.safetensors"], "sgd(lr=1e38)")
        self.good = {name: (run / name).read_bytes() for name, run in self.runs.items()}
        self.saved = {name: self.open(Input(content, name)).value[name] for name, content in self.good.items()}
        self.hard = [Input(flipped(content), name) for name, content in self.good.items()]
        self.hard += [Input(b"", name) for name in self.good]

    def damaged(self, chance: random.Random) -> Input:
        name = chance.choice(list(self.good))
        damage = damaged_bytes if chance.random() < 0.5 else forged
        return Input(damage(self.good[name], chance), name)

    def open(self, given: Input) -> Shown:
        run = self.runs[given.about]
        (run / given.about).write_bytes(given.content)
        code, text, errors = command(*(word.format(run=run) for word in _READERS[given.about]))
        if code > 1:
            raise Refused(errors)
        return Shown({given.about: text}, errors)


def _train(run: Path, optimizer: str) -> None:
    options = ("--optimizer", optimizer, "--epochs", "5", "--record", "--no-plots", "--quiet")
    command("train", "xor", "--out", str(run), *options)
