"""The pictures of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import glassnet as gn
from glassnet_commands.classification import answers
from glassnet_commands.confusion_matrix import draw_confusion_matrix
from glassnet_commands.decision_surface import draw_decision_surface
from glassnet_commands.images import is_image
from glassnet_commands.worst_mistakes import draw_worst_mistakes
from glassnet_reports.plots import save_figure


def draw_pictures(
    folder: Path, history: gn.History, network: gn.Network, test: gn.Split, task: str, classes: Sequence[str]
) -> list[str]:
    """Draw what suits the data into `folder`, and return the names of the files.

    Always the curves. For a classification also the confusion matrix; and where the outputs are probabilities,
    the worst mistakes on images, or the decision surface over two inputs.
    """
    figures = {"history.png": history.plot()}
    if task == "classification" and len(network.output_shape) == 1:
        answered = answers(network, test, classes)
        figures["confusion_matrix.png"] = draw_confusion_matrix(answered)
        if answered.probabilities is not None:
            if is_image(network.input_shape) and len(answered.mistakes) > 0:
                figures["worst_mistakes.png"] = draw_worst_mistakes(test.x, answered)
            if network.input_shape == (2,):
                figures["decision_surface.png"] = draw_decision_surface(network, test.x, answered)
    for name, figure in figures.items():
        save_figure(figure, folder / name)
    return list(figures)
