"""Experiment files: read, their components made, and written again."""

from __future__ import annotations

import random
from pathlib import Path

import glassnet as gn
from glassnet_persistence.experiment import load_experiment
from tests.attack.inputs import Input, Shown, Target, encoded
from tests.attack.mutations import damaged_text

_GOOD = """format = 1
loss = "categorical_crossentropy"
metrics = ["accuracy", "top_k(k=2)"]
optimizer = "accumulate(adam(lr=0.005), steps=2)"
epochs = 3
batch_size = 32
callbacks = ["early_stopping(patience=2)", "csv_history(path='x.csv')"]
schedule = "warmup(cosine, steps=3)"
validation = 0.1
seed = 0
layers = ["flatten", "gaussian_noise(stddev=0.3)", "dense(16, regularizer=l2(1e-4))", "gelu", "dense(3)", "softmax"]
dataset = "iris"
dtype = "float32"
"""
_VALUES = [
    *(
        "[" * 3000,
        "{" * 200,
        "9" * 5000,
        "1e999",
        "nan",
        "-1",
        "0",
        "true",
        "[]",
        "{}",
        "1979-05-27",
        '""',
        "2",
        "[1, 2]",
    ),
    *('"\\u0000"', '"\\u001b[31m"', '"' + "(" * 500 + '"', '"dense(' + "-" * 5000 + '1)"', '"/etc/passwd"', "1e-320"),
    *(
        "\"csv('/etc/passwd', 'root')\"",
        "\"mnist(folder='/proc/self')\"",
        "\"csv('\\\\u0000', 'a')\"",
        '["' + "a" * 1000 + '"]',
    ),
]


class Experiments(Target):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "experiment.toml"
        data = ["moons(samples=1000000000)", "sine(length=1000000000)", r"csv('\\u0000', 'a')", f"dense({'-' * 5000}1)"]
        self.hard = [Input(encoded(_GOOD.replace('"iris"', f'"{spec}"')), spec[:40]) for spec in data]

    def damaged(self, chance: random.Random) -> Input:
        if chance.random() < 0.6:
            return Input(encoded(damaged_text(_GOOD, chance)))
        lines = _GOOD.splitlines()
        place = chance.randrange(len(lines))
        lines[place] = f"{lines[place].split(' = ')[0]} = {chance.choice(_VALUES)}"
        return Input(encoded("\n".join(lines)))

    def open(self, given: Input) -> Shown:
        self.path.write_bytes(given.content)
        experiment = gn.Experiment(**load_experiment(self.path))
        data = experiment.dataset.load()
        gn.Network(experiment.layers).build(data.train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
        text = experiment.to_toml()
        self.path.write_text(text)
        if gn.Experiment(**load_experiment(self.path)).to_toml() != text:
            raise AssertionError("the experiment is read as something else than was written")
        return Shown(text=repr(experiment))
