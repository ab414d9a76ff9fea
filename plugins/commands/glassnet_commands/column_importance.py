"""The importance of the columns of a table for a network: how much worse it gets if one is shuffled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

import glassnet as gn
from glassnet_commands.classification import predicted_labels, threshold_of, true_labels
from glassnet_reports.permutation_importance import permutation_importance
from glassnet_tables.preprocessing import TablePreprocessing

# More samples and columns than these would make the picture take longer than a small training.
_MOST_SAMPLES = 2000
_MOST_COLUMNS = 200


def draw_importance(network: gn.Network, test: gn.Split, task: str) -> Figure | None:
    """Return the permutation importance of the columns of a table; None for samples that are not rows of columns.

    The score is the accuracy of a classification, and the coefficient of determination R² of a regression. Up to
    2,000 samples are looked at.
    """
    columns = network.input_shape[0] if len(network.input_shape) == 1 else 0
    if network.integer_input or len(network.output_shape) != 1 or not 2 <= columns <= _MOST_COLUMNS:
        return None
    rows = np.linspace(0, len(test) - 1, min(len(test), _MOST_SAMPLES)).round().astype(np.int64)
    x, y = np.asarray(test.x[rows]), np.asarray(test.y)[rows]
    score = _accuracy(network, y) if task == "classification" else _r2(network, y)
    names, groups = _grouped(test, columns)
    falls = permutation_importance(score, x, groups)
    figure: Figure = gn.create("report", "importance").of(
        names, falls, "the accuracy" if task == "classification" else "R²"
    )
    return figure


def _accuracy(network: gn.Network, y: gn.Array) -> Callable[[gn.Array], float]:
    true = true_labels(y)
    return lambda x: float(np.mean(predicted_labels(network.predict(x), threshold_of(network)) == true))


def _r2(network: gn.Network, y: gn.Array) -> Callable[[gn.Array], float]:
    y = y.reshape(len(y), -1)
    total = float(np.sum((y - y.mean(axis=0)) ** 2)) or 1.0
    return lambda x: 1 - float(np.sum((y - network.predict(x)) ** 2)) / total


def _grouped(test: gn.Split, inputs: int) -> tuple[list[str], list[range]]:
    """Return the names of the columns, and the places of the inputs that each became."""
    if not isinstance(test.preprocessing, TablePreprocessing):
        names = test.columns or [f"column {place}" for place in range(inputs)]
        return list(names), [range(place, place + 1) for place in range(inputs)]
    features = test.preprocessing.features
    stops = np.cumsum([len(each.outputs) for each in features]).tolist()
    places = [range(stop - len(each.outputs), stop) for each, stop in zip(features, stops, strict=True)]
    return [each.name for each in features], places
