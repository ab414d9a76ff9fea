"""Fit many networks in one process: memory, threads and open files must stay what they were.

Sizes and components change from fit to fit, and some calls end in errors.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from tests.attack.children import in_child
from tests.attack.report import Report

SHORT, FULL = 50, 1_000
# The first fits fill caches; what is counted starts behind them.
_WARM_UP = 20
_MEGABYTES, _BYTES_A_FIT = 30, 100_000
_RECIPES: list[dict[str, Any]] = [
    {},
    {"optimizer": "ema(adam)"},
    {"callbacks": ["early_stopping(monitor='loss')", "checkpoint(steps=5)", "csv_history"]},
    {"optimizer": "accumulate(adam, steps=2)", "schedule": "one_cycle"},
    {"optimizer": "muon", "metrics": ["accuracy", "auc", "confusion_matrix"]},
    {"layers": "dense(1000) relu dense(2) softmax"},
    {"layers": "reshape([4, 10]) lstm(8) dense(2) softmax", "optimizer": "lbfgs"},
]


def attack(fits: int, seed: int) -> Report:
    """Fit `fits` networks, and compare what the process holds with what it held after the first of them."""
    report = Report("soak")
    ending = in_child(_soak, fits, seed, patience=3600.0)
    if ending.how != "done":
        report.fault("the process does not get to its end", f"{ending.how}: {ending.message}")
        return report
    before, after = ending.value
    report.count("fits", fits)
    for name, number in before.items():
        report.figures[f"{name}, after {_WARM_UP} fits"] = number
        report.figures[f"{name}, at the end"] = after[name]
    allowed = {"MB in memory": _MEGABYTES + fits * _BYTES_A_FIT / 2**20, "threads": 0, "open files": 0}
    for name, more in allowed.items():
        if after[name] > before[name] + more:
            report.fault(f"{name} grow", f"from {before[name]} to {after[name]}")
    return report


def _soak(fits: int, seed: int) -> tuple[dict[str, int], dict[str, int]]:
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(seed)
    held: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        for number in range(fits):
            if number == _WARM_UP:
                held = _held()
            _fit(number, rng, Path(scratch, "run"))
            shutil.rmtree(Path(scratch, "run"), ignore_errors=True)
    return held, _held()


def _fit(number: int, rng: np.random.Generator, folder: Path) -> None:
    x = rng.normal(size=(int(rng.integers(50, 500)), 40)).astype(np.float32)
    y = (x[:, 0] > 0).astype(int)
    options = {"layers": "dense(16) relu dense(2) softmax", "optimizer": "adam", **_RECIPES[number % len(_RECIPES)]}
    network = gn.Network(options.pop("layers"))
    network.fit(x, y, loss="cce", epochs=2, folder=folder, seed=number, progress=False, **options)
    for rows in (1, 3, len(x)):
        network.predict(x[:rows])
    with contextlib.suppress(gn.DataError):
        network.predict(np.full((3, 40), np.nan))
    gn.load(folder / "model.safetensors").evaluate(x, y)


def _held() -> dict[str, int]:
    """Return what this process holds."""
    gc.collect()
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "MB in memory": int(lines["VmRSS"].split()[0]) // 1024,
        "threads": int(lines["Threads"]),
        "open files": len(os.listdir("/proc/self/fd")),
    }
