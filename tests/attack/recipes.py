"""The trainings that are killed and continued: each carries something else from step to step."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_commands.command_line import main
from glassnet_persistence.checkpoint import load_checkpoint
from tests.attack.sabotage import Sabotage, Saboteur, hurry

_LAYERS = "dense(16) batch_norm relu dropout(0.3) dense(2) softmax"
_COMMON: dict[str, Any] = {"loss": "cce", "batch_size": 16, "metrics": ["accuracy"], "seed": 3, "progress": False}

IN_PYTHON: dict[str, dict[str, Any]] = {
    "dropout, batch_norm, early stopping": {
        "optimizer": "adam",
        "epochs": 6,
        "validation": 0.2,
        "callbacks": ["checkpoint(steps=3)", "early_stopping(patience=2)", "csv_history"],
    },
    "ema, one_cycle": {
        "optimizer": "ema(adam)",
        "schedule": "one_cycle",
        "epochs": 5,
        "validation": 0.1,
        "callbacks": ["checkpoint"],
    },
    "accumulate, cosine": {
        "optimizer": "accumulate(adam, steps=3)",
        "schedule": "cosine",
        "epochs": 5,
        "callbacks": ["csv_history", "checkpoint(steps=5)"],
    },
    "lbfgs": {
        "layers": "dense(8) tanh dense(2) softmax",
        "optimizer": "lbfgs",
        "batch_size": 400,
        "epochs": 20,
        "callbacks": ["checkpoint(steps=2)"],
    },
    "data from disk": {"optimizer": "nadam", "epochs": 5, "validation": 0.2, "callbacks": ["checkpoint(steps=7)"]},
    "plateau, clip_norm, noise": {
        "layers": "gaussian_noise(0.1) dense(16) layer_norm gelu dense(2) softmax",
        "optimizer": "muon",
        "schedule": "reduce_on_plateau(patience=1)",
        "epochs": 5,
        "validation": 0.2,
        "callbacks": ["clip_norm", "checkpoint(steps=6)"],
    },
    "lstm, warmup": {
        "layers": "reshape([4, 3]) lstm(8) dense(2) softmax",
        "optimizer": "lion(lr=0.001)",
        "schedule": "warmup(cosine, steps=20)",
        "epochs": 4,
        "callbacks": ["checkpoint(steps=4)"],
    },
    "class weights, no callback": {
        "optimizer": "momentum(lr=0.05)",
        "regularizer": "l2(1e-4)",
        "class_weight": {0: 1.0, 1: 2.0},
        "epochs": 8,
    },
}
ON_THE_COMMAND_LINE: dict[str, list[str]] = {
    "glassnet train iris": ["iris", "--epochs", "30"],
    "glassnet train moons": ["moons", "--epochs", "6", "--callbacks", "checkpoint(steps=5)"],
}
RECIPES = (*IN_PYTHON, *ON_THE_COMMAND_LINE)


def train(name: str, folder: Path, resume: bool, data: Path, plan: Sabotage | None = None) -> dict[str, int]:
    """Train by a recipe in this process, which is a child; return how often each kind of write was called.

    Parameters
    ----------
    name, folder, resume
        The recipe, the folder of the run, and whether the run is continued.
    data
        The folder for data that are read from disk. It must be the same for all starts of a run.
    plan
        What goes wrong.
    """
    saboteur = Saboteur(plan)
    arrays = _on_disk(data) if name == "data from disk" else _in_memory()
    hurry(100)
    saboteur.start()
    if name in IN_PYTHON:
        options = {**_COMMON, **IN_PYTHON[name]}
        network = gn.Network(options.pop("layers", _LAYERS))
        network.fit(*arrays, folder=folder, resume_from=folder if resume else None, **options)
    else:
        _train_by_command(name, folder, resume)
    return saboteur.counts


def _train_by_command(name: str, folder: Path, resume: bool) -> None:
    """Train as the command line does. A run that was killed before its experiment was written is started again."""
    target = ["--resume", str(folder)]
    if not (resume and (folder / "experiment.toml").exists()):
        target = [*ON_THE_COMMAND_LINE[name], "--out", str(folder)]
    code, _, errors = command("train", *target, "--no-plots", "--quiet")
    if code == 130:
        raise KeyboardInterrupt
    if code:
        raise gn.GlassnetError(errors)


def call(words: list[str], plan: Sabotage | None) -> dict[str, int]:
    """Call the command line in this process, which is a child; return how often each kind of write was called."""
    saboteur = Saboteur(plan)
    saboteur.start()
    code, _, errors = command(*words)
    if code > 1:
        raise gn.GlassnetError(errors)
    return saboteur.counts


def command(*arguments: str) -> tuple[int, str, str]:
    """Call the command line in this process; return its exit code, and what it wrote to both outputs."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        code = main(list(arguments))
    return code, output.getvalue(), errors.getvalue()


@cache
def _in_memory() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(400, 12)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)


def _on_disk(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    for name, array in zip("xy", _in_memory(), strict=True):
        if not (folder / f"{name}.npy").exists():
            np.save(folder / f"{name}.npy", array)
    x, y = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in "xy")
    return x, y


def results(folder: Path) -> dict[str, str]:
    """Return the digests of what a run is for: its model and its history."""
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("model.safetensors", "history.csv")
    }


def check_files(folder: Path) -> None:
    """Raise the error of the first file in a run folder that does not load."""
    if (folder / "model.safetensors").exists():
        gn.load(folder / "model.safetensors")
    if (folder / "checkpoint.safetensors").exists():
        load_checkpoint(folder / "checkpoint.safetensors")
    epochs_in(folder)


def epochs_in(folder: Path) -> int:
    """Return how many epochs the history in a folder has."""
    history = folder / "history.csv"
    if not history.exists():
        return 0
    with history.open(newline="") as file:
        return len(list(csv.DictReader(file)))


def leftovers(folder: Path) -> list[str]:
    """Return the files that no finished run should leave behind."""
    known = {".csv", ".safetensors", ".json", ".toml"}
    return sorted(path.name for path in folder.iterdir() if path.suffix not in known or path.name.startswith("."))
