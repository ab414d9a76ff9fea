"""The confusion matrix: which class is taken for which."""

from __future__ import annotations

import glassnet as gn
import numpy as np
from glassnet.plots import FAINT, INK, style
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glassnet_commands.classification import Answers

# With more classes than this, numbers in the cells could not be read.
_CLASSES_WITH_NUMBERS = 20


def draw_confusion_matrix(answers: Answers) -> Figure:
    """Return the matrix of counts, a row for each true class and a column for each predicted one.

    Right answers are blue, by their share of the row. Mistakes are orange, by their share of the row
    compared with the largest such share: so they are seen however rare they are.
    """
    count = len(answers.classes)
    counts = np.zeros((count, count), np.int64)
    np.add.at(counts, (answers.true, answers.predicted), 1)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    right = np.eye(count, dtype=bool)
    depth = np.where(right, 0.85 * shares, 0.7 * shares / (shares[~right].max() or 1))
    colors = np.where(right[..., np.newaxis], colormaps["Blues"](depth), colormaps["Oranges"](depth))
    colors[counts == 0] = 1

    side = min(8.0, 2.2 + 0.52 * count)
    figure = Figure(figsize=(side + 0.9, side + 0.3), layout="constrained")
    panel = figure.subplots()
    panel.imshow(colors)
    readable = count <= _CLASSES_WITH_NUMBERS
    labelled = np.arange(count) if readable else np.arange(0, count, -(-count // _CLASSES_WITH_NUMBERS))
    names = [answers.classes[label] for label in labelled]
    slanted = max(map(len, names)) > 3
    panel.set_xticks(labelled, names, rotation=45 if slanted else 0, ha="right" if slanted else "center")
    panel.set_yticks(labelled, names)
    wrong, total = len(answers.mistakes), len(answers.true)
    style(panel, f"Confusion matrix: {wrong:,} of {total:,} wrong ({wrong / total:.2%})")
    panel.set_xlabel("predicted class", color=INK)
    panel.set_ylabel("true class", color=INK)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    if readable:
        _write_counts(panel, counts, depth)
    _write_recall(panel, labelled, names, shares.diagonal())
    return figure


def _write_counts(panel: Axes, counts: gn.Array, depth: gn.Array) -> None:
    """Write its number into each cell, and lines between the cells."""
    for (row, column), number in np.ndenumerate(counts):
        color = FAINT if number == 0 else "white" if depth[row, column] > 0.55 else INK
        panel.text(column, row, f"{number:,}", ha="center", va="center", fontsize=8.5, color=color)
    edges = np.arange(len(counts) + 1) - 0.5
    panel.hlines(edges, edges[0], edges[-1], color="#dfe3e8", linewidth=0.8)
    panel.vlines(edges, edges[0], edges[-1], color="#dfe3e8", linewidth=0.8)


def _write_recall(panel: Axes, labelled: gn.Array, names: list[str], recall: gn.Array) -> None:
    """Write beside each row which part of it is right."""
    beside = panel.secondary_yaxis("right")
    beside.set_yticks(labelled, [f"{recall[label]:.1%}" for label in labelled])
    beside.tick_params(length=0, labelsize=8.5, colors=FAINT)
    beside.set_ylabel("right", color=FAINT)
    beside.spines[:].set_visible(False)
