"""The decision surface: what a network with two inputs answers everywhere on the plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import glassnet as gn
from glassnet_commands.classification import Answers, class_probabilities
from glassnet_reports.colors import INK, INK_ON_COLOR, colors_apart
from glassnet_reports.plots import new_figure, style

_POINTS_A_SIDE = 240
# Fewer points than this have room for the probability that each was given.
_POINTS_WITH_NUMBERS = 16


def draw_decision_surface(network: gn.Network, points: gn.Array, answers: Answers) -> Figure:
    """Return the plane around `points` in the colours of the classes, mixed as their probabilities are.

    Lines show where the answer changes. The points have the colour of their true class.
    """
    assert answers.probabilities is not None
    across, up = plane_around(points, _POINTS_A_SIDE)
    ground = probabilities_on_plane(network, across, up)
    wrong, total = len(answers.mistakes), len(answers.true)
    title = f"Decision surface: {wrong:,} of {total:,} wrong"
    figure = draw_plane(across, up, ground, points, answers.true, answers.classes, title)
    if len(points) <= _POINTS_WITH_NUMBERS:
        for point, true, chances in zip(points, answers.true, answers.probabilities, strict=True):
            text = f"{answers.classes[true]}: {chances[true]:.1%}"
            figure.axes[0].annotate(
                text, point, (0, 9), textcoords="offset points", ha="center", fontsize=9, color=INK_ON_COLOR
            )
    return figure


def plane_around(points: gn.Array, side: int) -> tuple[gn.Array, gn.Array]:
    """Return the coordinates of a grid around points, a quarter wider than they are: first and second inputs."""
    lowest, highest = points.min(axis=0), points.max(axis=0)
    margin = np.maximum(0.25 * (highest - lowest), 1e-3)
    across, up = np.linspace(lowest - margin, highest + margin, side, dtype=np.float32).T
    return across, up


def probabilities_on_plane(network: gn.Network, across: gn.Array, up: gn.Array) -> gn.Array:
    """Return the probability of each class on a grid, ``(up, across, classes)``.

    Raises
    ------
    OptionError
        If the outputs of the network are not probabilities.
    """
    plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    probabilities = class_probabilities(network, network.predict(plane))
    if probabilities is None:
        raise gn.OptionError("the outputs are not probabilities; end the network in softmax or sigmoid")
    return probabilities.reshape(len(up), len(across), -1)


def draw_plane(
    across: gn.Array,
    up: gn.Array,
    probabilities: gn.Array,
    points: gn.Array,
    true: gn.Array,
    classes: Sequence[str],
    title: str,
) -> Figure:
    """Return the picture of a plane whose probabilities are known, see `probabilities_on_plane`."""
    colors = np.array([to_rgb(each) for each in colors_apart(len(classes))])
    # Halfway to white: the points stand out from their ground.
    ground = probabilities @ (0.5 + 0.5 * colors)

    figure = new_figure(5.6, 4.6)
    panel = figure.subplots()
    extent = (across[0], across[-1], up[0], up[-1])
    panel.imshow(np.clip(ground, 0, 1), extent=extent, origin="lower", aspect="auto", interpolation="bilinear")
    for label in range(len(classes) - 1):
        others = np.delete(probabilities, label, axis=2).max(axis=2)
        lead = probabilities[..., label] - others
        if lead.min() < 0 < lead.max():
            panel.contour(across, up, lead, levels=[0], colors="white", linewidths=1.5)
    for label, name in enumerate(classes):
        chosen = points[true == label]
        panel.scatter(chosen[:, 0], chosen[:, 1], s=55, color=colors[label], edgecolor="white", label=f"class {name}")
    style(panel, title=title, xlabel="first input", ylabel="second input")
    figure.legend(loc="outside right upper", frameon=False, labelcolor=INK, fontsize=9)
    return figure
