"""Specs, alone and as the layers of a network that is built, saved and loaded."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

import glassnet as gn
from tests.attack.inputs import Input, Shown, Target, encoded
from tests.attack.mutations import damaged_text

_GOOD = [
    ("layer", "dense(64, regularizer=l2(1e-4)) relu"),
    ("layer", "glassnet:dense(2, weight_init=glassnet:he_normal)"),
    ("layer", "residual([dense(4), relu])"),
    ("layer", "conv2d(4, kernel_size=[3, 3], padding='same')"),
    ("layer", "embedding(5, 4)"),
    ("layer", "dropout(0.5) reshape([2, 2])"),
    ("layer", "concat([dense(2), dense(3)])"),
    ("optimizer", "ema(accumulate(adam(lr=1e-3), steps=2), decay=0.9)"),
    ("schedule", "warmup(cosine, steps=3)"),
    ("dataset", "csv('a.csv', 'b', delimiter=';')"),
    ("metric", "top_k(k=2)"),
    ("initializer", "constant(0.5)"),
]


class Specs(Target):
    share = 2.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        deep = "residual([" * 120 + "relu" + "])" * 120
        long = [deep, "a" * 64_000, "dense(" + "-" * 20_000 + "1)", "dense(" + "1," * 20_000 + ")", "x" + ".a" * 20_000]
        self.hard = [Input(encoded(text), "layer") for text in [*long, f"embedding(5, {'4' * 51})"]]

    def damaged(self, chance: random.Random) -> Input:
        kind, text = chance.choice(_GOOD)
        if chance.random() < 0.1:
            depth = chance.choice([10, 100, 200, 1000])
            opened, closed = chance.choice([("[", "]"), ("(", ")"), ("residual([", "])"), ("{1:", "}"), ("not ", "")])
            text = (
                f"dense({opened * depth}1{closed * depth})"
                if opened != "residual(["
                else (opened * depth + "relu" + closed * depth)
            )
        return Input(encoded(damaged_text(text, chance)), kind)

    def open(self, given: Input) -> Shown:
        text = given.content.decode("utf-8", "surrogatepass")
        if given.about != "layer":
            again = repr(gn.create(given.about, text))
            if repr(gn.create(given.about, again)) != again:
                raise AssertionError(f"{again} is read as something else")
            return Shown(text=again)
        network = gn.Network(text)
        for shape in ((4,), (4, 4, 2), (4, 4)):
            try:
                network.build(shape)
            except gn.ShapeError:
                continue
            if network.flat_parameters.size < 100_000:
                self._save_and_load(network)
            break
        return Shown(text=repr(network))

    def _save_and_load(self, network: gn.Network) -> None:
        """Raise if a network can be saved and not loaded."""
        path = self.folder / "network.safetensors"
        network.save(path)
        try:
            loaded = gn.load(path)
        except gn.GlassnetError as error:
            raise AssertionError(f"what was saved does not load: {error}") from error
        if not np.array_equal(loaded.flat_parameters, network.flat_parameters, equal_nan=True):
            raise AssertionError("what was saved loads as something else")
