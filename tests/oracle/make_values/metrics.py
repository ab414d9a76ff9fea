"""Write what scikit-learn says of some outputs into tests/oracle/values/metrics.npz. Needs scikit-learn, not glassnet.

Run ``python tests/oracle/make_values/metrics.py``. ``inputs/<name>`` are targets and outputs. Each figure is
``<spec>|<targets>|<outputs>``, under the spec that glassnet has for the metric.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import metrics

VALUES = Path(__file__).parents[1] / "values"
SAMPLES, CLASSES = 60, 4
AVERAGES = ("macro", "micro", "weighted")
SCORES = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}


def classified(targets: str, outputs: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a classification; one output, or two classes, are class 1 against class 0."""
    y_true, y_pred = values[f"inputs/{targets}"], values[f"inputs/{outputs}"]
    is_binary = y_pred.shape[1] <= 2
    predicted = (y_pred[:, 0] > 0.5).astype(int) if y_pred.shape[1] == 1 else y_pred.argmax(axis=1)
    classes = max(2, y_pred.shape[1])
    figures: dict[str, Any] = {
        "accuracy": metrics.accuracy_score(y_true, predicted),
        "confusion_matrix": metrics.confusion_matrix(y_true, predicted, labels=range(classes)),
    }
    if y_pred.shape[1] == 1:
        for threshold in (0.0, 0.25, 0.75):
            figures[f"accuracy({threshold})"] = metrics.accuracy_score(y_true, y_pred[:, 0] > threshold)
    for name, score in SCORES.items():
        figures[name] = score(y_true, predicted, average="binary" if is_binary else "macro")
        for average in AVERAGES:
            figures[f"{name}('{average}')"] = score(y_true, predicted, average=average)
        by_class = score(y_true, predicted, average=None, labels=range(classes))
        figures |= {f"{name}(of={label})": by_class[label] for label in range(classes)}
    if len(set(y_true.tolist())) == classes:
        scores = y_pred[:, -1] if is_binary else y_pred
        figures["auc"] = metrics.roc_auc_score(y_true, scores, multi_class="ovr")
    if not is_binary:
        for k in (1, 2, 3):
            # Of equals, scikit-learn takes the last class and glassnet the first: in reverse they agree.
            figures[f"top_k(k={k})"] = metrics.top_k_accuracy_score(
                classes - 1 - y_true, y_pred[:, ::-1], k=k, labels=range(classes)
            )
    return {f"{spec}|{targets}|{outputs}": figure for spec, figure in figures.items()}


def regressed(targets: str, outputs: str, values: dict[str, Any]) -> dict[str, Any]:
    y_true, y_pred = values[f"inputs/{targets}"], values[f"inputs/{outputs}"]
    figures = {
        "mean_absolute_error": metrics.mean_absolute_error(y_true, y_pred),
        "mean_squared_error": metrics.mean_squared_error(y_true, y_pred),
        "root_mean_squared_error": np.sqrt(metrics.mean_squared_error(y_true, y_pred)),
        "r2": metrics.r2_score(y_true, y_pred),
    }
    return {f"{spec}|{targets}|{outputs}": figure for spec, figure in figures.items()}


def main() -> None:
    warnings.simplefilter("ignore")  # of figures that are 0 because nothing was predicted
    rng = np.random.default_rng(0)
    one = rng.uniform(size=(SAMPLES, 1))
    probabilities = rng.dirichlet(np.ones(CLASSES), SAMPLES)
    numbers = rng.normal(size=(SAMPLES, 2)) * [1, 100] + [0, 1e4]
    values: dict[str, Any] = {
        "inputs/yes": rng.integers(0, 2, SAMPLES),
        "inputs/always_yes": np.ones(SAMPLES, int),
        "inputs/never_yes": np.zeros(SAMPLES, int),
        "inputs/labels": rng.integers(0, CLASSES, SAMPLES),
        "inputs/few_labels": rng.integers(1, 3, SAMPLES),
        "inputs/one": one,
        "inputs/one_tied": np.round(one * 4) / 4,
        "inputs/two": np.hstack([1 - one, one]),
        "inputs/rows": probabilities,
        "inputs/rows_tied": np.full((SAMPLES, CLASSES), 0.25),
        "inputs/rows_half_tied": np.where(rng.random((SAMPLES, 1)) < 0.5, 0.25, probabilities),
        "inputs/numbers": numbers,
        "inputs/estimates": numbers + rng.normal(size=(SAMPLES, 2)),
        "inputs/constants": np.resize([3.0, -7.0], (SAMPLES, 2)),
    }
    for outputs in ("one", "one_tied", "two"):
        for targets in ("yes", "always_yes", "never_yes"):
            values |= classified(targets, outputs, values)
    for outputs in ("rows", "rows_tied", "rows_half_tied"):
        for targets in ("labels", "few_labels"):
            values |= classified(targets, outputs, values)
    for targets, outputs in [("numbers", "estimates"), ("constants", "estimates"), ("constants", "constants")]:
        values |= regressed(targets, outputs, values)
    # Hundreds of single numbers would be hundreds of files: they go into one array beside their names.
    single = {name: float(value) for name, value in values.items() if np.ndim(value) == 0}
    arrays = {name: value for name, value in values.items() if np.ndim(value) > 0}
    np.savez_compressed(VALUES / "metrics.npz", names=list(single), figures=list(single.values()), **arrays)


if __name__ == "__main__":
    main()
