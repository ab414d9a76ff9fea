"""How far the figures of a run may be from those of other data, other parts of the data, and other seeds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_commands.folds import FIGURES
from glassnet_commands.saved_run import read_summary
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.file_schema import read_json
from glassnet_persistence.run_files import EXPERIMENT, SUMMARY

# Multiplications that all draws together may cost; with fewer draws the error of the error grows.
_WORK = 3e10
_DRAWS = (40, 400)


@attrs.frozen
class Spread:
    """Mean and standard deviation of a figure over several trainings."""

    mean: float
    std: float
    count: int


def standard_errors(network: gn.Network, test: gn.Split) -> dict[str, float]:
    """Return the standard error of each figure, by drawing test rows with replacement: the bootstrap.

    Source: Efron (1979), Bootstrap Methods: Another Look at the Jackknife, Annals of Statistics 7, 1-26.
    """
    if len(test) < 2:
        return {}
    whole = gn.Split(
        np.asarray(test.x[:]), np.asarray(test.y[:]), columns=test.columns, preprocessing=test.preprocessing
    )
    cost = max(1, network.layout.size) * len(whole)
    draws = int(np.clip(_WORK / cost, *_DRAWS))
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {}
    for _ in range(draws):
        rows = rng.integers(0, len(whole), len(whole))
        drawn = gn.Split(whole.x[rows], whole.y[rows], columns=whole.columns, preprocessing=whole.preprocessing)
        for name, value in network.evaluate(drawn).items():
            if np.ndim(value) == 0 and np.isfinite(value):
                found.setdefault(name, []).append(float(value))
    return {name: float(np.std(values, ddof=1)) for name, values in found.items() if len(values) > draws / 2}


def over_folds(run: Path) -> dict[str, Spread]:
    """Return what a cross-validation of the run found for each figure; nothing if there was none."""
    try:
        text = gn.read_whole(run / FIGURES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise gn.FileError(f"cannot read {run / FIGURES} ({error}); remove it to do without") from None
    plain = read_json(text, str(run / FIGURES), gn.FileError, "remove it to do without")
    return {name: Spread(each["mean"], each["std"], len(each["values"])) for name, each in plain.items()}


def over_seeds(run: Path) -> dict[str, Spread]:
    """Return the figures of runs beside this one, and of itself, that differ in their seeds alone."""
    own = _without_seed(run)
    if own is None:
        return {}
    beside = [each for each in run.resolve().parent.iterdir() if each.is_dir() and _without_seed(each) == own]
    by_seed: dict[Any, Mapping[str, Any]] = {}
    for each in sorted(beside):
        summary = read_summary(each / SUMMARY)
        if summary.get("test"):
            by_seed.setdefault(summary.get("seed"), summary["test"])
    if len(by_seed) < 2:
        return {}
    found = {}
    for name in read_summary(run / SUMMARY).get("test") or {}:
        values = [test[name] for test in by_seed.values() if isinstance(test.get(name), (int, float))]
        if len(values) > 1:
            found[name] = Spread(float(np.mean(values)), float(np.std(values, ddof=1)), len(values))
    return found


def _without_seed(run: Path) -> dict[str, Any] | None:
    try:
        experiment = load_experiment(run / EXPERIMENT)
    except gn.GlassnetError:
        return None
    return {name: value for name, value in experiment.items() if name not in ("seed", "callbacks")}
