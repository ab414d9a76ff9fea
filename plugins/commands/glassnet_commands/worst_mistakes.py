"""The worst mistakes: wrong answers on images, those with the highest loss first."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

import glassnet as gn
from glassnet_commands.classification import Answers
from glassnet_reports.colors import BLUE, ORANGE
from glassnet_reports.plots import new_figure, write_title

_COLUMNS = 5
_SHOWN = 25


def worst_mistakes(answers: Answers) -> gn.Array:
    """Return the indices of the wrong answers, that with the highest cross-entropy first.

    The cross-entropy of a sample is minus the logarithm of the probability that was given to its true class.
    """
    assert answers.probabilities is not None
    wrong = answers.mistakes
    return wrong[np.argsort(answers.probabilities[wrong, answers.true[wrong]], kind="stable")]


def draw_worst_mistakes(images: gn.Array, answers: Answers, wrong: int | None = None) -> Figure:
    """Return a figure of up to 25 images, each with the true and the predicted class and their probabilities.

    `wrong` is the number of all mistakes, if `answers` has some of them.
    """
    assert answers.probabilities is not None
    worst = worst_mistakes(answers)
    shown = worst[:_SHOWN]
    rows = math.ceil(len(shown) / _COLUMNS)
    # An image is as wide as the text above it needs.
    side = max(1.8, 0.075 * (18 + max(map(len, answers.classes))))
    figure = new_figure(side * _COLUMNS, (side + 0.45) * rows + 0.5)
    title = f"Worst mistakes: {len(shown)} of {wrong or len(worst):,}, the highest loss first"
    write_title(figure, title)
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for panel in panels:
        panel.set_axis_off()
    for panel, index in zip(panels, shown, strict=False):
        panel.imshow(_brightness(images[index]), cmap="gray", vmin=0, vmax=1)
        true, predicted = answers.true[index], answers.predicted[index]
        chances = answers.probabilities[index]
        for y, label, which, color in ((1.16, "true", true, BLUE), (1.03, "predicted", predicted, ORANGE)):
            text = f"{label} {answers.classes[which]}: {_percent(chances[which])}"
            panel.text(0.0, y, text, color=color, fontsize=9, transform=panel.transAxes)
    return figure


def _brightness(image: gn.Array) -> gn.Array:
    """Return an image as matplotlib shows it: 0..1, without an axis for a single channel."""
    if image.dtype == np.uint8:
        image = image / 255
    return np.clip(image[..., 0] if image.shape[2] == 1 else image, 0, 1)


def _percent(probability: float) -> str:
    return f"{probability:.1%}" if probability >= 0.001 else "< 0.1%"
