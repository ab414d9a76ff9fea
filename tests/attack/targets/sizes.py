"""Experiment files that ask for far too much: each is trained."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from tests.attack.inputs import Input, Refused, Shown, Target, encoded
from tests.attack.recipes import command

_GOOD = {
    "loss": '"cce"',
    "optimizer": '"adam"',
    "epochs": "1",
    "batch_size": "32",
    "layers": '["dense(3)", "softmax"]',
    "dataset": '"iris"',
}
_NUMBERS = ("10000000000", f"1{'0' * 18}", f"1{'0' * 30}", f"1{'0' * 400}")
_REQUESTS = {
    "dataset": [
        *("moons(samples={})", "circles(samples={})", "blobs(samples={})", "spiral(samples={})", "sine(samples={})"),
        *("sine(length={})", "blobs(centers={})", "spiral(arms={})", "characters(length={})", "moons(seed={})"),
        *("characters(path='/dev/zero')", "csv('/dev/zero', 'a')", "csv('pipe', 'a')", "mnist(folder='/dev')"),
    ],
    "layers": [
        *("dense({})", "reshape([{}])", "embedding({}, 8)", "embedding(8, {})"),
        *("reshape([4, 1]); lstm({})", "reshape([4, 1]); gru({})", "reshape([4, 1]); self_attention({})"),
        *("reshape([2, 2, 1]); conv2d({}, 1)", "reshape([2, 2, 1]); conv2d(1, 1, padding={0}, stride={0})"),
        *("reshape([2, 2, 1]); conv2d(1, 2, padding='same', dilation={})", "reshape([2, 2, 1]); max_pool2d({})"),
        f"{'concat([relu, relu]); ' * 40}relu",
    ],
    "optimizer": ["lbfgs(history_size={})", "lbfgs(most_halvings={})", "accumulate(adam, steps={})"],
    "schedule": ["warmup(cosine, steps={})", "step(every={})", "reduce_on_plateau(patience={})"],
    "metrics": ["top_k(k={})", "precision(of={})"],
    "callbacks": ["checkpoint(steps={})", "early_stopping('loss', patience={})"],
    "batch_size": ["{}"],
    "epochs": ["{}"],
    "seed": ["{}"],
}
_LISTS = ("layers", "metrics", "callbacks")


class Sizes(Target):
    share = 0.03

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        os.mkfifo(folder / "pipe")  # no process writes into it
        self.hard = [
            Input(_asking(name, request.format(_NUMBERS[0])), f"{name} {request}")
            for name, requests in _REQUESTS.items()
            for request in requests
        ]

    def damaged(self, chance: random.Random) -> Input:
        name = chance.choice(list(_REQUESTS))
        request = chance.choice(_REQUESTS[name])
        return Input(_asking(name, request.format(chance.choice(_NUMBERS))), f"{name} {request}")

    def open(self, given: Input) -> Shown:
        run, file = self.folder / "run", self.folder / "experiment.toml"
        shutil.rmtree(run, ignore_errors=True)
        file.write_bytes(given.content)
        code, text, errors = command("train", str(file), "--out", str(run), "--no-plots", "--quiet")
        if code:
            raise Refused(errors)
        return Shown(text=text + errors)


def _asking(name: str, request: str) -> bytes:
    """Return an experiment in which one option is `request`: a number, or specs with semicolons between them."""
    if name in _LISTS:
        specs = [*request.split("; "), *(["flatten", "dense(3)", "softmax"] if name == "layers" else [])]
        value = f"[{', '.join(_quoted(spec) for spec in specs)}]"
    else:
        value = request if request.isdigit() else _quoted(request)
    return encoded("".join(f"{key} = {text}\n" for key, text in {**_GOOD, name: value}.items()))


def _quoted(spec: str) -> str:
    return f'"{spec}"'
