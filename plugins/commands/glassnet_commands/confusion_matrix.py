"""The confusion matrix: which class is taken for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import glassnet as gn
from glassnet_commands.classification import Answers
from glassnet_reports.colors import FAINT, INK_ON_COLOR, LINE
from glassnet_reports.plots import new_figure, style, write_title

# With more classes than this, numbers in the cells could not be read.
_CLASSES_WITH_NUMBERS = 20


def draw_confusion_matrix(answers: Answers) -> Figure:
    """Return the picture of the confusion matrix of some answers, see `draw_counts`."""
    return draw_counts(confusion_matrix(answers), answers.classes, "Confusion matrix")


def draw_counts(counts: gn.Array, names_of_classes: Sequence[str], title: str) -> Figure:
    """Return the picture of a matrix of counts, a row for each true class and a column for each predicted one.

    Right answers are blue, by their share of the row. Mistakes are orange, by their share of the row
    compared with the largest such share: so they are seen however rare they are.
    """
    classes = len(counts)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    right = np.eye(classes, dtype=bool)
    depth = np.where(right, 0.85 * shares, 0.7 * shares / (shares[~right].max() or 1))
    colors = np.where(right[..., np.newaxis], colormaps["Blues"](depth), colormaps["Oranges"](depth))
    colors[counts == 0] = 1

    side = min(8.0, max(4.0, 2.0 + 0.52 * classes))
    figure = new_figure(side + 0.6, side + 0.3)
    panel = figure.subplots()
    # Bytes, since Matplotlib makes a color of each pixel, of four numbers of eight bytes if these are such.
    panel.imshow((colors * 255).astype(np.uint8))
    total = int(counts.sum())
    wrong = total - int(np.trace(counts))
    write_title(figure, f"{title}: {wrong:,} of {total:,} wrong ({wrong / total:.2%})")
    style(panel, xlabel="predicted class", ylabel="true class")
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    named = np.arange(0, classes, -(-classes // _CLASSES_WITH_NUMBERS))
    names = [names_of_classes[int(label)] for label in named]
    slanted = max(map(len, names)) > 3
    panel.set_xticks(named, names, rotation=45 if slanted else 0, ha="right" if slanted else "center")
    panel.set_yticks(named, names)
    if classes <= _CLASSES_WITH_NUMBERS:
        _write_counts(panel, counts, depth)
    _write_recall(panel, named, counts)
    return figure


def confusion_matrix(answers: Answers) -> gn.Array:
    """Return how often each true class (row) was taken for each class (column)."""
    counts = np.zeros((len(answers.classes), len(answers.classes)), np.int64)
    np.add.at(counts, (answers.true, answers.predicted), 1)
    return counts


def _write_counts(panel: Axes, counts: gn.Array, depth: gn.Array) -> None:
    """Write its number into each cell, and lines between the cells."""
    for (row, column), number in np.ndenumerate(counts):
        color = FAINT if number == 0 else "white" if depth[row, column] > 0.55 else INK_ON_COLOR
        panel.text(column, row, f"{number:,}", ha="center", va="center", fontsize=9, color=color)
    edges = np.arange(len(counts) + 1) - 0.5
    panel.hlines(edges, edges[0], edges[-1], color=LINE, linewidth=0.8)
    panel.vlines(edges, edges[0], edges[-1], color=LINE, linewidth=0.8)


def _write_recall(panel: Axes, named: gn.Array, counts: gn.Array) -> None:
    """Write beside each row which part of it is right."""
    beside = panel.secondary_yaxis("right")
    beside.set_yticks(named, [_recall(counts[label, label], counts[label].sum()) for label in named])
    beside.tick_params(length=0, labelsize=9, colors=FAINT)
    beside.set_ylabel("recognised", fontsize=9, color=FAINT)
    beside.spines[:].set_visible(False)


def _recall(right: int, samples: int) -> str:
    """Return the fraction of a class that is right, or "no samples"."""
    return f"{right / samples:.1%}" if samples else "no samples"
