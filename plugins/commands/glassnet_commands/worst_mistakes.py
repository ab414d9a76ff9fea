"""The worst mistakes: wrong answers on images, the most confident ones first."""

from __future__ import annotations

import math

import glassnet as gn
import numpy as np
from glassnet.plots import BLUE, INK, ORANGE
from matplotlib.figure import Figure

from glassnet_commands.classification import Answers

_COLUMNS = 5
_SHOWN = 25


def is_image(shape: gn.Shape) -> bool:
    """Tell whether samples of `shape` can be shown: ``(height, width, channels)`` in grey or in colour."""
    return len(shape) == 3 and shape[2] in (1, 3) and min(shape[:2]) > 1


def worst_mistakes(answers: Answers) -> gn.Array:
    """Return the indices of the wrong answers, those with the least probability of the true class first.

    That is also the order of their cross-entropy, the largest first.
    """
    assert answers.probabilities is not None
    wrong = answers.mistakes
    of_truth = answers.probabilities[wrong, answers.true[wrong]]
    return wrong[np.argsort(of_truth, kind="stable")]


def draw_worst_mistakes(images: gn.Array, answers: Answers) -> Figure:
    """Return a figure of up to 25 images, each with both classes and the probabilities that it was given."""
    assert answers.probabilities is not None
    worst = worst_mistakes(answers)
    shown = worst[:_SHOWN]
    rows = max(1, math.ceil(len(shown) / _COLUMNS))
    figure = Figure(figsize=(1.75 * _COLUMNS, 2.15 * rows + 0.5), layout="constrained")
    figure.suptitle(
        f"The {len(shown)} worst of {len(worst):,} mistakes", x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK
    )
    for panel in figure.subplots(rows, _COLUMNS, squeeze=False).flat:
        panel.axis("off")
    for panel, index in zip(figure.axes, shown, strict=False):
        image = images[index]
        bright = 255 if image.dtype == np.uint8 else max(1.0, float(image.max()))
        panel.imshow(image[..., 0] if image.shape[2] == 1 else image / bright, cmap="gray", vmin=0, vmax=bright)
        true, predicted = answers.true[index], answers.predicted[index]
        chances = answers.probabilities[index]
        panel.set_title(_line("predicted", answers.classes[predicted], chances[predicted]), **_text(ORANGE))
        panel.text(
            0.5, -0.04, _line("true", answers.classes[true], chances[true]), transform=panel.transAxes, ha="center",
            va="top", fontsize=8.5, color=BLUE,
        )
    return figure
