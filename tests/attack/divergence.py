"""Let trainings diverge in every way: training stops with a message, and what is on disk stays finite.

Step sizes are far too large, and a callback puts NaN and infinity into parameters, gradients and states.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_persistence.checkpoint import load_checkpoint
from tests.attack.children import described, in_child
from tests.attack.report import Report

SHORT, FULL = 30, 2_000
_AT_ONCE = 100
_LONGEST_MESSAGE = 1000
_LAYERS = [
    "dense(8) relu dense(2) softmax",
    "dense(8) batch_norm tanh dropout(0.2) dense(2) softmax",
    "reshape([3, 2]) lstm(4) dense(2) softmax",
    "dense(8) layer_norm gelu residual([dense(8), tanh]) dense(2) softmax",
]
_OPTIMIZERS = ["sgd", "momentum", "adam", "rmsprop", "adagrad", "lion", "muon", "ema(adam)", "accumulate(sgd, steps=2)"]
_STEP_SIZES = [0.01, 1e5, 1e10, 1e30, 1e300]
_POISONS = ["parameters", "gradients", "state", None, None]
_X = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
_Y = (_X[:, 0] > 0).astype(np.int64)


def attack(trainings: int, seed: int) -> Report:
    """Let `trainings` diverge, or train on."""
    figures = {"trainings": 0, "stopped with a message": 0, "went on": 0, "finite files": 0}
    report = Report("divergence", figures)
    for first in range(0, trainings, _AT_ONCE):
        numbers = range(first, min(trainings, first + _AT_ONCE))
        with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
            ending = in_child(_diverge_all, numbers, seed, Path(scratch))
        if ending.how != "done":
            report.fault("the process does not get to its end", f"{numbers}: {ending.how} {ending.message}")
            continue
        counted, faults = ending.value
        for figure, count in counted.items():
            report.count(figure, count)
        for fault, example in faults:
            report.fault(fault, example)
    return report


def _diverge_all(numbers: range, seed: int, scratch: Path) -> tuple[dict[str, int | float], list[tuple[str, str]]]:
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    report = Report("", {})
    for number in numbers:
        shutil.rmtree(scratch / "run", ignore_errors=True)
        _diverge(random.Random(f"{seed} {number}"), scratch / "run", report)
    return report.figures, [(name.removeprefix(": "), example) for name, example in report.faults.items()]


class _Poison(gn.Callback):
    """Puts NaN or infinity somewhere before a step."""

    where: str | None = gn.option(None)
    step: int = gn.option(0)
    value: str = gn.option("nan", choices=("nan", "inf", "-inf"))

    def on_batch_start(self, run: gn.Run) -> None:
        if run.step == self.step and self.where in ("parameters", "state"):
            arrays = [*_arrays(run.network.state)] if self.where == "state" else []
            _put(float(self.value), arrays[0] if arrays else run.network.flat_parameters, self.step)

    def on_after_backward(self, run: gn.Run) -> None:
        if run.step == self.step and self.where == "gradients":
            _put(float(self.value), run.network.gradients, self.step)


def _put(value: float, array: np.ndarray, place: int) -> None:
    array.reshape(-1)[place % array.size] = value


def _arrays(tree: Any) -> list[np.ndarray]:
    return [array for each in tree.values() for array in _arrays(each)] if hasattr(tree, "values") else [tree]


def _diverge(chance: random.Random, folder: Path, report: Report) -> None:
    poison = _Poison(chance.choice(_POISONS), chance.randrange(12), chance.choice(["nan", "inf", "-inf"]))
    layers, optimizer, lr = chance.choice(_LAYERS), chance.choice(_OPTIMIZERS), chance.choice(_STEP_SIZES)
    on_divergence = chance.choice(["raise", "raise", "continue"])
    what = f"{layers}, {optimizer}, lr {lr}, {poison.where} {poison.value} at {poison.step}, {on_divergence}"
    network = gn.Network(layers)
    try:
        network.fit(
            *(_X, _Y),
            loss="cce",
            optimizer=_with_step_size(optimizer, lr),
            batch_size=16,
            epochs=4,
            validation=chance.choice([None, 0.2]),
            callbacks=["checkpoint(steps=1)", "csv_history", poison],
            folder=folder,
            on_divergence=on_divergence,
            progress=False,
        )
        report.count("went on")
        if on_divergence == "raise" and not _is_finite(network):
            report.fault("a diverged network is a result", what)
    except gn.NonFiniteError as error:
        report.count("stopped with a message")
        _judge(error, on_divergence, network, what, report)
    except Exception as error:
        report.fault("a divergence ends in another error", f"{what}: {described(error)}")
    report.count("trainings")
    _check_files(folder, what, report)


def _with_step_size(optimizer: str, lr: float) -> str:
    if "(" not in optimizer:
        return f"{optimizer}(lr={lr})"
    outer, inner = optimizer.split("(", 1)
    name, *rest = inner.rstrip(")").split(", ")
    return f"{outer}({', '.join([f'{name}(lr={lr})', *rest])})"


def _judge(error: gn.NonFiniteError, on_divergence: str, network: gn.Network, what: str, report: Report) -> None:
    """Report a message that is too long or does not say where, and a network that was left diverged."""
    message = str(error)
    if len(message) > _LONGEST_MESSAGE or "epoch" not in message or not error.diverged.get("cause"):
        report.fault("a message does not say where and why", f"{what}: {message[:300]}")
    if on_divergence == "raise" and not _is_finite(network):
        report.fault("a network is left diverged", what)


def _check_files(folder: Path, what: str, report: Report) -> None:
    """Report a model or a state on disk that is not finite, or does not load."""
    for name, finite in (("model.safetensors", _model_is_finite), ("checkpoint.safetensors", _checkpoint_is_finite)):
        if not (folder / name).exists():
            continue
        try:
            if finite(folder / name):
                report.count("finite files")
            else:
                report.fault(f"{name} is not finite", what)
        except Exception as error:
            report.fault(f"{name} does not load", f"{what}: {described(error)}")


def _model_is_finite(path: Path) -> bool:
    return _is_finite(gn.load(path))


def _is_finite(network: gn.Network) -> bool:
    return all(np.isfinite(array).all() for array in (network.flat_parameters, *_arrays(network.state)))


def _checkpoint_is_finite(path: Path) -> bool:
    saved = load_checkpoint(path)
    # The optimizer's moments may be infinite beside a finite network: squares of gradients overflow first.
    parts = (saved["parameters"], saved["layers"])
    return all(np.isfinite(array).all() for part in parts for array in _arrays(part))
