"""The plot embeddings: the outputs of a hidden layer, brought into two dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet as gn
from glassnet_commands.classification import class_names
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A legend has no more lines, and names among the points are short and this part of the picture apart.
_MOST_NAMED = 20
_LONGEST_NAME = 12
_ROOM = np.array([0.12, 0.05])


class Embeddings(Plot):
    """The outputs of a hidden layer for some samples, brought into two dimensions, in the colors of their classes.

    The layer is by default the last one before the layer that gives the answer. Principal components (PCA) are the two
    directions in which the outputs differ most. With ``method=tsne``, neighbours stay neighbours, and distances between
    groups mean little; it needs scikit-learn.

    Pearson (1901), On Lines and Planes of Closest Fit. Van der Maaten and Hinton (2008), Visualizing Data using t-SNE.
    """

    method: str = gn.option("pca", choices=("pca", "tsne"), help="how two dimensions are found")
    layer: int | str | None = gn.option(None, help="the place of the layer, such as 3; by default the last hidden one")
    samples: int = gn.option(1000, ge=3, help="how many samples are shown, at most")

    def measure(self, subject: Subject) -> Numbers:
        split = subject.some(self.samples)
        outputs = subject.network.activations(split.x)
        place = _last_hidden(subject.network) if self.layer is None else str(self.layer)
        if place not in outputs:
            raise gn.OptionError(f"the network has no layer {place}; give one of {', '.join(outputs)}")
        rows = np.asarray(outputs[place], np.float64).reshape(len(split), -1)
        points, shares = principal_components(rows) if self.method == "pca" else (_neighbours(rows), None)
        try:
            labels = subject.labels(split)
        except gn.OptionError:  # no classes: then the color is the target
            labels = None
        values = np.asarray(split.y, np.float64).reshape(len(split), -1)[:, 0] if labels is None else None
        names = [] if labels is None else class_names(subject.classes, max(2, *subject.network.output_shape))
        return {
            "method": self.method,
            "layer": place,
            "spec": repr(subject.network.layers[int(place)]) if place.isdigit() else "",
            "points": points,
            "variance": shares,
            "labels": labels,
            "targets": values,
            "classes": list(names),
        }

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_plots.over_time import draw_scale
        from glassnet_reports.plots import new_figure, style

        figure = new_figure(6.4, 4.8)
        panel = figure.subplots()
        if numbers["labels"] is None:
            shown = panel.scatter(*_columns(numbers["points"]), c=numbers["targets"], cmap="viridis", s=14)
            draw_scale(figure, shown, panel, "target")
        else:
            _draw_classes(panel, numbers)
        shares = numbers["variance"]
        names = ("first", "second")
        labels = [f"{name} component" for name in names]
        if shares is not None:
            labels = [f"{each} ({share:.0%} of the variance)" for each, share in zip(labels, shares, strict=True)]
        elif numbers["method"] == "tsne":
            labels = [f"{name} dimension of t-SNE" for name in names]
        title = f"{len(numbers['points']):,} samples behind layer {numbers['layer']} {numbers['spec'][:32]}"
        style(panel, title=title, xlabel=labels[0], ylabel=labels[1])
        return figure


def _draw_classes(panel: Axes, numbers: Numbers) -> None:
    """Draw the points of each class, with its name in their middle where no other name is."""
    from matplotlib.patheffects import withStroke

    from glassnet_reports.colors import INK, INK_ON_COLOR, colors_apart

    points, labels, classes = numbers["points"], numbers["labels"], numbers["classes"]
    size = np.maximum(np.ptp(points, axis=0), 1e-12)
    named: list[gn.Array] = []
    for label, (name, color) in enumerate(zip(classes, colors_apart(len(classes)), strict=True)):
        own = points[labels == label]
        panel.scatter(
            *_columns(own), s=14, color=color, alpha=0.8, linewidths=0, label=name if label < _MOST_NAMED else None
        )
        if not len(own) or len(name) > _LONGEST_NAME:
            continue
        middle = np.median(own, axis=0)
        if all(np.any(np.abs(middle - other) / size > _ROOM) for other in named):
            text = panel.text(middle[0], middle[1], name, fontsize=10, fontweight="bold", color=INK_ON_COLOR)
            text.set(ha="center", va="center")
            text.set_path_effects([withStroke(linewidth=3, foreground="white")])
            named.append(middle)
    panel.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, labelcolor=INK, fontsize=9)


def _columns(points: gn.Array) -> tuple[gn.Array, gn.Array]:
    return points[:, 0], points[:, 1]


def principal_components(rows: gn.Array) -> tuple[gn.Array, gn.Array]:
    """Return rows along the two directions in which they differ most, and the parts of the variance along these.

    The largest coefficient of each direction is positive, so the picture does not depend on the computer.
    """
    centered = rows - rows.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centered, full_matrices=False)
    first = np.zeros((2, rows.shape[1]))
    first[: min(2, len(directions))] = directions[:2]
    largest = np.take_along_axis(first, np.abs(first).argmax(axis=1, keepdims=True), axis=1)
    first *= np.where(largest < 0, -1, 1)
    shares = np.zeros(2)
    shares[: min(2, len(sizes))] = sizes[:2] ** 2 / max(float(np.sum(sizes**2)), 1e-300)
    return centered @ first.T, shares


def _neighbours(rows: gn.Array) -> gn.Array:
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        raise gn.MissingExtraError(
            'method=tsne needs scikit-learn; pip install "glassnet[sklearn]", or leave it out for principal components'
        ) from None
    perplexity = min(30.0, (len(rows) - 1) / 3)
    found: Any = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(rows)
    return np.asarray(found, np.float64)


def _last_hidden(network: gn.Network) -> str:
    """Return the place of the layer before the last one with parameters; of a single such layer, its own place."""
    with_parameters = [int(slice_.name.split(".")[0]) for slice_ in network.layout.slices]
    last = max(with_parameters, default=len(network.layers) - 1)
    is_single = last == min(with_parameters, default=0)
    return str(last if is_single else max(last - 1, 0))
