"""Ten small tables: cross-validated scores and times of glassnet's estimators beside scikit-learn's networks.

``python -m benchmarks.tables`` prints the table, and ``--write`` puts it into ``docs/scikit-learn.md``. Each estimator
has one hidden layer of 100 relus and its own defaults otherwise, behind a `StandardScaler`. In each fold the estimators
are fitted one after another, with the same seed.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import glassnet as gn
from benchmarks.formatting import table
from benchmarks.machine import description

PAGE = Path(__file__).parents[1] / "docs" / "scikit-learn.md"
LAYERS = "dense(100) relu"
FOLDS = 5
GLASSNET, MLP, SCALED_MLP = "glassnet", "MLP", "MLP, scaled targets"
LOADED = ("iris", "wine", "breast_cancer", "digits", "diabetes")
GENERATED: dict[str, Callable[[], Any]] = {
    "classification": lambda: datasets.make_classification(1000, n_informative=8, n_classes=4, random_state=0),
    "moons": lambda: datasets.make_moons(1000, noise=0.3, random_state=0),
    "friedman1": lambda: datasets.make_friedman1(1000, noise=1, random_state=0),
    "friedman2": lambda: datasets.make_friedman2(1000, noise=50, random_state=0),
    "friedman3": lambda: datasets.make_friedman3(1000, noise=0.1, random_state=0),
}
REGRESSIONS = ("diabetes", "friedman1", "friedman2", "friedman3")


@dataclass
class Measured:
    """Scores and seconds of one estimator, one for each fold."""

    scores: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def estimators(is_regression: bool, seed: int) -> dict[str, Any]:
    """Return what is compared: accuracy for classes, R² for numbers."""
    if not is_regression:
        return {GLASSNET: gn.Classifier(LAYERS, random_state=seed), MLP: MLPClassifier(random_state=seed)}
    scaled = TransformedTargetRegressor(MLPRegressor(random_state=seed), transformer=StandardScaler())
    return {
        GLASSNET: gn.Regressor(LAYERS, random_state=seed),
        MLP: MLPRegressor(random_state=seed),
        SCALED_MLP: scaled,
    }


def measure(name: str, repeats: int) -> dict[str, Measured]:
    """Return what each estimator reached on one table, in `repeats` times five folds."""
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True) if name in LOADED else GENERATED[name]()
    is_regression = name in REGRESSIONS
    measured: dict[str, Measured] = {}
    for seed in range(repeats):
        folds = (KFold if is_regression else StratifiedKFold)(FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(x, y):
            for title, estimator in estimators(is_regression, seed).items():
                model = make_pipeline(StandardScaler(), estimator)
                start = time.perf_counter()
                with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
                    model.fit(x[train], y[train])
                noted = measured.setdefault(title, Measured())
                noted.seconds.append(time.perf_counter() - start)
                noted.scores.append(model.score(x[test], y[test]))
    return measured


def row(name: str, measured: dict[str, Measured]) -> list[str]:
    """Return the cells of a table's row: means of the scores, and medians of the seconds."""
    ours, theirs = measured[GLASSNET], measured[MLP]
    gains = np.subtract(ours.scores, theirs.scores)
    error = gains.std(ddof=1) / np.sqrt(len(gains))
    ratios = np.divide(ours.seconds, theirs.seconds)
    scaled = measured.get(SCALED_MLP)
    return [
        name,
        "R²" if name in REGRESSIONS else "accuracy",
        f"{np.mean(ours.scores):.4f}",
        f"{np.mean(theirs.scores):.4f}",
        f"{gains.mean():+.4f} ± {error:.4f}",
        "" if scaled is None else f"{np.mean(scaled.scores):.4f}",
        f"{statistics.median(ours.seconds):.2f} s",
        f"{statistics.median(theirs.seconds):.2f} s",
        f"{np.median(ratios):.2f} ({np.quantile(ratios, 0.25):.2f} to {np.quantile(ratios, 0.75):.2f})",
    ]


def rows(repeats: int) -> Iterator[list[str]]:
    """Yield the row of each table."""
    for name in (*LOADED[:4], "classification", "moons", *REGRESSIONS):
        yield row(name, measure(name, repeats))


HEADER = ["", "score", "glassnet", "MLP", "gain", "MLP, scaled targets", "glassnet, fit", "MLP, fit", "ratio of times"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description="Measure ten small tables.")
    parser.add_argument("--repeats", type=int, default=4, help="how often each table is cut into five folds")
    parser.add_argument("--write", action="store_true", help="put the table into docs/scikit-learn.md")
    given = parser.parse_args()
    measured = []
    for cells in rows(given.repeats):
        print(*cells, sep="  ", flush=True)
        measured.append(cells)
    if given.write:
        run = description()
        versions = ", ".join(f"{name} {run['versions'][name]}" for name in ("glassnet", "scikit-learn", "numpy"))
        settings = ", ".join(f"{name}={value}" for name, value in run["settings"].items()) or "no settings"
        where = f"{run['cpu']}, {run['cores']} cores: {versions}; {settings}"
        told = f"Measured {run['date'][:10]} on {where}; {given.repeats} times {FOLDS} folds."
        text = f"{told}\n\n{table(HEADER, measured)}"
        marked = re.compile(r"(?<=<!-- tables -->\n)\n.*\n(?=<!-- /tables -->)", re.DOTALL)
        gn.atomic_write(PAGE, marked.sub(lambda _: f"\n{text}\n\n", PAGE.read_text("utf-8")).encode())


if __name__ == "__main__":
    main()
