"""The plot misclassified: the samples that are most wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_commands.classification import Answers
from glassnet_commands.images import is_image
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 25
# All of a data set, but for very large ones.
_MOST_SAMPLES = 50_000


class Misclassified(Plot):
    """The wrong answers on the test data, those with the highest loss first.

    Images are shown; of other samples, the number, with the probabilities of the true and of the predicted class.
    """

    def measure(self, subject: Subject) -> Numbers:
        from glassnet_commands.worst_mistakes import worst_mistakes

        split = subject.some(_MOST_SAMPLES)
        answered = subject.answers(split)
        if answered.probabilities is None:
            raise gn.OptionError("the outputs are not probabilities; end the network in softmax or sigmoid")
        worst = worst_mistakes(answered)
        shown = worst[:_SHOWN]
        has_images = is_image(subject.network.input_shape)
        return {
            "samples": shown,
            "wrong": len(worst),
            "total": len(answered.true),
            "classes": list(answered.classes),
            "true": answered.true[shown],
            "predicted": answered.predicted[shown],
            "probabilities": answered.probabilities[shown],
            "images": np.asarray(split.x[shown]) if has_images else None,
        }

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_commands.worst_mistakes import draw_worst_mistakes

        if not len(numbers["samples"]):
            return _nothing_wrong(numbers["total"])
        if numbers["images"] is None:
            return _bars(numbers)
        names = ("classes", "true", "predicted", "probabilities")
        return draw_worst_mistakes(numbers["images"], Answers(*(numbers[name] for name in names)), numbers["wrong"])


def _nothing_wrong(total: int) -> Figure:
    from glassnet_reports.colors import FAINT
    from glassnet_reports.plots import new_figure, write_title

    figure = new_figure(5.0, 1.6)
    write_title(figure, "Misclassified samples")
    figure.text(0.5, 0.4, f"all {total:,} answers are right", ha="center", fontsize=11, color=FAINT)
    return figure


def _bars(numbers: Numbers) -> Figure:
    """Draw the probabilities of the true and the predicted class of each sample side by side."""
    from glassnet_reports.colors import BLUE, INK, LINE, ORANGE
    from glassnet_reports.plots import new_figure, style

    true, predicted, classes = numbers["true"], numbers["predicted"], numbers["classes"]
    rows = np.arange(len(true))
    chances = numbers["probabilities"]
    figure = new_figure(6.4, 1.4 + 0.3 * len(true))
    panel = figure.subplots()
    panel.barh(rows - 0.19, chances[rows, true], 0.36, color=BLUE, label="of the true class")
    panel.barh(rows + 0.19, chances[rows, predicted], 0.36, color=ORANGE, label="of the predicted class")
    texts = [
        f"{number}: {classes[mine]}, taken for {classes[theirs]}"
        for number, mine, theirs in zip(numbers["samples"], true, predicted, strict=True)
    ]
    panel.set_yticks(rows, texts)
    panel.invert_yaxis()
    panel.set_xlim(0, 1)
    title = f"Misclassified: {len(true):,} of {numbers['wrong']:,} wrong answers of {numbers['total']:,}"
    style(panel, title=title, xlabel="probability", ylabel="sample")
    panel.grid(axis="x", color=LINE, linewidth=0.7)
    panel.set_axisbelow(True)
    figure.legend(loc="outside lower right", ncols=2, frameon=False, labelcolor=INK, fontsize=9)
    return figure
