"""The decision surface: what a network with two inputs answers everywhere on the plane."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

import glassnet as gn
from glassnet_commands.classification import Answers, class_probabilities
from glassnet_reports.colors import INK
from glassnet_reports.plots import new_figure, style

_POINTS_A_SIDE = 240
# Fewer points than this have room for the probability that each was given.
_POINTS_WITH_NUMBERS = 16


def draw_decision_surface(network: gn.Network, points: gn.Array, answers: Answers) -> Figure:
    """Return the plane around `points` in the colours of the classes, mixed as their probabilities are.

    Lines show where the answer changes. The points have the colour of their true class.
    """
    assert answers.probabilities is not None
    lowest, highest = points.min(axis=0), points.max(axis=0)
    margin = np.maximum(0.25 * (highest - lowest), 1e-3)
    across, up = np.linspace(lowest - margin, highest + margin, _POINTS_A_SIDE, dtype=np.float32).T
    plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    probabilities = class_probabilities(network, network.predict(plane))
    assert probabilities is not None
    classes = len(answers.classes)
    colors = colormaps["tab10" if classes <= 10 else "turbo"].resampled(max(10, classes))(np.arange(classes))[:, :3]
    # Halfway to white: the points stand out from their ground.
    ground = (probabilities @ (0.5 + 0.5 * colors)).reshape(_POINTS_A_SIDE, _POINTS_A_SIDE, 3)

    figure = new_figure(5.6, 4.6)
    panel = figure.subplots()
    extent = (across[0], across[-1], up[0], up[-1])
    panel.imshow(np.clip(ground, 0, 1), extent=extent, origin="lower", aspect="auto", interpolation="bilinear")
    for label in range(classes - 1):
        others = np.delete(probabilities, label, axis=1).max(axis=1)
        lead = (probabilities[:, label] - others).reshape(_POINTS_A_SIDE, _POINTS_A_SIDE)
        if lead.min() < 0 < lead.max():
            panel.contour(across, up, lead, levels=[0], colors="white", linewidths=1.5)
    for label, name in enumerate(answers.classes):
        chosen = points[answers.true == label]
        panel.scatter(chosen[:, 0], chosen[:, 1], s=55, color=colors[label], edgecolor="white", label=f"class {name}")
    if len(points) <= _POINTS_WITH_NUMBERS:
        for point, true, chances in zip(points, answers.true, answers.probabilities, strict=True):
            text = f"{answers.classes[true]}: {chances[true]:.1%}"
            panel.annotate(text, point, (0, 9), textcoords="offset points", ha="center", fontsize=9, color=INK)
    wrong, total = len(answers.mistakes), len(answers.true)
    style(panel, title=f"Decision surface: {wrong:,} of {total:,} wrong", xlabel="first input", ylabel="second input")
    figure.legend(loc="outside right upper", frameon=False, labelcolor=INK, fontsize=9)
    return figure
