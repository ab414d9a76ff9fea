"""The pictures of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import glassnet as gn
from glassnet_commands.classification import Answers, answers
from glassnet_commands.column_importance import draw_importance
from glassnet_commands.confusion_matrix import draw_confusion_matrix
from glassnet_commands.decision_surface import draw_decision_surface
from glassnet_commands.images import is_image
from glassnet_commands.worst_mistakes import draw_worst_mistakes
from glassnet_reports.plots import save_figure
from glassnet_tables.target import Target


def draw_pictures(
    folder: Path, history: gn.History, network: gn.Network, test: gn.Split, task: str, classes: Sequence[str]
) -> list[str]:
    """Draw what suits the data into `folder`, and return the names of the files.

    Always the curves. For a classification also the confusion matrix; and where the outputs are probabilities,
    the worst mistakes on images, or the decision surface over two inputs, and what each threshold leads to if there are
    two classes. For a regression the residuals; and for a table the importance of its columns.
    """
    figures: dict[str, Figure] = {"history.png": history.plot()}
    if task == "classification" and len(network.output_shape) == 1:
        answered = answers(network, test, classes)
        figures["confusion_matrix.png"] = draw_confusion_matrix(answered)
        if answered.probabilities is not None:
            if is_image(network.input_shape) and len(answered.mistakes) > 0:
                figures["worst_mistakes.png"] = draw_worst_mistakes(test.x, answered)
            if network.input_shape == (2,):
                figures["decision_surface.png"] = draw_decision_surface(network, test.x, answered)
            figures |= _of_threshold(answered)
    if gn.first_not_finite(network) is None:
        if task == "regression" and network.output_shape == (1,):
            figures["residuals.png"] = _residuals(network, test)
        if (importance := draw_importance(network, test, task)) is not None:
            figures["importance.png"] = importance
    for name, figure in figures.items():
        save_figure(figure, folder / name)
    return list(figures)


def _of_threshold(answered: Answers) -> dict[str, Figure]:
    """Return what each threshold leads to, for two classes that both occur."""
    assert answered.probabilities is not None
    if len(answered.classes) != 2 or len(np.unique(answered.true)) != 2 or np.isnan(answered.probabilities).any():
        return {}
    scores, name = answered.probabilities[:, 1].astype(np.float64), answered.classes[1]
    return {
        f"{report}.png": gn.create("report", report).of(answered.true, scores, name=name)
        for report in ("roc", "precision_recall", "calibration")
    }


def _residuals(network: gn.Network, test: gn.Split) -> Figure:
    made = test.preprocessing
    in_units = np.asarray if made is None else made.in_units
    true, predicted = (in_units(values).ravel().astype(np.float64) for values in (test.y, network.predict(test.x)))
    target = getattr(made, "target", None)
    name = target.name if isinstance(target, Target) else "target"
    figure: Figure = gn.create("report", "residuals").of(true, predicted, name=name)
    return figure
