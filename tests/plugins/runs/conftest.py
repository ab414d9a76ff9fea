"""Folders of runs, written by hand, and the command line."""

import json
import os
from typing import NamedTuple

import pytest

from glassnet_commands.command_line import main

EXPERIMENT = """format = 1
dataset = "{dataset}"
layers = ["dense(4)", "softmax"]
loss = "cce"
optimizer = "{optimizer}"
batch_size = 16
seed = {seed}
"""


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def glassnet(tmp_path, capsys, monkeypatch):
    """``glassnet("runs")`` runs the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return run


def write_run(folder, number, history, test=None, dataset="iris", optimizer="adam(lr=0.01)", **summary):
    """Write the files of a run that began `number` seconds after another."""
    folder.mkdir(parents=True)
    (folder / "experiment.toml").write_text(EXPERIMENT.format(dataset=dataset, optimizer=optimizer, seed=number))
    (folder / "history.csv").write_text(history)
    known = {"dataset": dataset, "task": "classification", "epochs": 2, "parameters": 1234, "seed": number}
    known |= {"train_seconds": 1.25, "interrupted": test is None, "test": test, "findings": [], **summary}
    (folder / "summary.json").write_text(json.dumps(known))
    os.utime(folder / "experiment.toml", (1_700_000_000 + number,) * 2)


@pytest.fixture
def runs(tmp_path):
    """Three runs: a good one, a better one within a sweep, and one that was interrupted."""
    folder = tmp_path / "runs"
    good = "epoch,loss,accuracy\n1,0.9,0.5\n2,0.5,0.75\n"
    better = "epoch,loss,accuracy,val_loss\n1,0.8,0.5,0.9\n2,0.25,0.875,0.5\n"
    write_run(folder / "first", 1, good, {"loss": 0.6, "accuracy": 0.7})
    finding = {"rule": "overfitting", "problem": "p", "where": "w", "remedy": "r"}
    sgd = {"optimizer": "sgd(lr=0.5)", "findings": [finding]}
    write_run(folder / "sweep" / "trial-2", 2, better, {"loss": 0.3, "accuracy": 0.95}, **sgd)
    (folder / "sweep" / "summary.json").write_text('{"trials": 2}')
    write_run(folder / "third", 3, "epoch,loss,accuracy\n1,nan,0.25\n", dataset="<b>moons</b>", epochs=1)
    return folder
