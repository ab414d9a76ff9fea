"""The plot loss_landscape: the loss around the trained parameters, along two directions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_plots.directions import Directions, along_trajectory, filter_normalized
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Beyond this ratio of the largest to the least loss, the colors are those of its logarithm.
_WIDE = 30.0


class LossLandscape(Plot):
    """The loss around the trained parameters, along two directions in the space of all parameters.

    Random directions are normalized by filter. The part that belongs to one unit or filter, which is the last axis of a
    parameter, has the length of that unit's weights. Biases, scales and shifts stay as they are. So landscapes of
    different networks can be compared, and 1 is as far as the weights are from zero.

    With ``along=trajectory``, the directions are the two in which the training moved most: the principal components of
    its snapshots, seen from the last one. The way of the training is drawn into the plane.

    Li, Xu, Taylor, Studer and Goldstein (2018), Visualizing the Loss Landscape of Neural Nets, arXiv:1712.09913,
    sections 4 and 7.
    """

    along: str = gn.option("random", choices=("random", "trajectory"), help="which directions")
    points: int = gn.option(25, ge=3, help="how many losses are computed along each direction")
    reach: float = gn.option(1.0, gt=0, help="how far random directions are followed")
    samples: int = gn.option(512, ge=1, help="how many training samples the loss is computed on, at most")
    seed: int = gn.option(0, ge=0, help="where random directions come from")

    def measure(self, subject: Subject) -> Numbers:
        split = subject.some(self.samples, of="train")
        network = subject.network.copy()
        measured = network.evaluation_config
        # The penalties of the training are part of what is minimised.
        loss = None if measured is not None and subject.loss in (None, measured.loss) else subject.loss_in_use
        directions = self._directions(subject)
        across = _axis(directions.across_range, self.points)
        up = _axis(directions.up_range, self.points)
        grid = np.empty((len(up), len(across)))
        for row, column in np.ndindex(grid.shape):
            network.flat_parameters[:] = directions.at(float(across[column]), float(up[row]))
            grid[row, column] = _loss(network, split, loss)
        return {
            "along": self.along,
            "across": across,
            "up": up,
            "loss": grid,
            "labels": list(directions.labels),
            "trajectory": directions.trajectory,
            "samples": len(split),
        }

    def _directions(self, subject: Subject) -> Directions:
        if self.along == "trajectory":
            return along_trajectory(subject.network, subject.recording)
        return filter_normalized(subject.network, np.random.default_rng(self.seed), self.reach)

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from matplotlib.colors import LogNorm, Normalize

        from glassnet_plots.over_time import draw_scale
        from glassnet_reports.colors import INK, ORANGE
        from glassnet_reports.plots import new_figure, style

        grid = np.ma.masked_invalid(numbers["loss"])
        low, high = float(grid.min()), float(grid.max())
        is_log = low > 0 and high / low > _WIDE
        levels = np.geomspace(low, high, 24) if is_log else np.linspace(low, max(high, low + 1e-12), 24)
        figure = new_figure(6.2, 4.8)
        panel = figure.subplots()
        norm = (LogNorm if is_log else Normalize)(levels[0], levels[-1])
        colored = panel.contourf(numbers["across"], numbers["up"], grid, levels, cmap="viridis", norm=norm)
        panel.contour(numbers["across"], numbers["up"], grid, levels[::3], colors="white", linewidths=0.5, norm=norm)
        way = numbers["trajectory"]
        if way is not None:
            panel.plot(way[:, 0], way[:, 1], color="white", linewidth=2.6)
            panel.plot(way[:, 0], way[:, 1], color=ORANGE, linewidth=1.4, label="training")
        panel.plot(0, 0, "o", color=ORANGE, markeredgecolor="white", markersize=8, label="trained network")
        style(panel, title="Loss around the trained network", xlabel=numbers["labels"][0], ylabel=numbers["labels"][1])
        ticks = np.geomspace(low, high, 6) if is_log else np.linspace(levels[0], levels[-1], 6)
        label = f"loss on {numbers['samples']:,} training samples"
        draw_scale(figure, colored, panel, label, ticks=ticks, format=lambda value, _: f"{value:.3g}")
        figure.legend(loc="outside lower left", ncols=2, frameon=False, labelcolor=INK, fontsize=9)
        return figure


def _axis(ends: tuple[float, float], points: int) -> gn.Array:
    """Return places from one end to the other, one of which is exactly 0: the trained network."""
    places = np.linspace(*ends, points)
    places[np.argmin(np.abs(places))] = 0.0
    return places


def _loss(network: gn.Network, split: gn.Split, loss: gn.Loss | None) -> float:
    """Return the loss; infinity or NaN, far from the trained parameters, is returned."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", gn.GlassnetWarning)
        return float(network.evaluate(split, loss=loss, metrics=())["loss"])
