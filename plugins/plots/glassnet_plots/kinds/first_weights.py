"""The plot first_weights: the weights of the first layer as images, over the training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_plots.over_time import frame_places
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class FirstWeights(Plot):
    """The weights of the first layer as images, over the training: what each of its units looks for.

    A dense layer behind images has an image for each unit, a convolution one for each filter and input channel. The
    weights of other inputs are one matrix. Orange is above zero and blue below it. Shown are the units with the largest
    weights; the moments are the snapshots of the recording, or else the trained network alone.
    """

    units: int = gn.option(25, ge=1, help="how many images are shown, at most")

    def measure(self, subject: Subject) -> Numbers:
        network = subject.network
        name, networks = _first_matrix(network), {"trained": network}
        if subject.has_recording:
            recording = subject.recording
            networks = {
                f"step {recording.snapshots.steps[place]:,}": recording.network_at(place, network)
                for place in frame_places(len(recording.snapshots.values))
            }
        images = np.array([_as_images(each.parameters[name], network.input_shape) for each in networks.values()])
        sizes = np.sqrt(np.sum(np.square(images[-1], dtype=np.float64), axis=(1, 2)))
        largest = np.sort(np.argsort(-sizes, kind="stable")[: self.units])
        return {
            "parameter": name,
            "titles": list(networks),
            "units": largest,
            "of": images.shape[1],
            "weights": images[:, largest],
        }

    def frames(self, numbers: Numbers) -> int:
        return len(numbers["titles"])

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        from glassnet_reports.colors import FAINT, INK
        from glassnet_reports.plots import new_figure, style, write_title

        images = numbers["weights"][frame]
        # The same colors in each picture of an animation.
        highest = float(np.abs(numbers["weights"][-1]).max()) or 1.0
        is_matrix = len(images) == 1
        columns = math.ceil(math.sqrt(len(images)))
        rows = math.ceil(len(images) / columns)
        figure = new_figure(6.4, 5.0) if is_matrix else new_figure(1.15 * columns + 1.4, 1.3 * rows + 0.8)
        shown = "" if is_matrix else f", {len(images)} of {numbers['of']:,}"
        write_title(figure, f"{numbers['parameter']}, {numbers['titles'][frame]}{shown}")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        norm = Normalize(-highest, highest)
        for panel in panels:
            panel.set_axis_off()
        for panel, image, unit in zip(panels, images, numbers["units"], strict=False):
            panel.imshow(image, cmap="PuOr_r", norm=norm, interpolation="nearest", aspect="auto" if is_matrix else None)
            if is_matrix:
                panel.set_axis_on()
                style(panel, xlabel="unit", ylabel="input")
            else:
                panel.set_title(str(unit), fontsize=8, color=FAINT, pad=2)
        scale = figure.colorbar(ScalarMappable(norm, "PuOr_r"), ax=list(panels), shrink=0.8)
        scale.set_label("weight", fontsize=9, color=INK)
        scale.ax.tick_params(labelsize=8, colors=INK)
        scale.outline.set_visible(False)
        return figure


def _first_matrix(network: gn.Network) -> str:
    """Return the name of the first parameter with two axes or more."""
    for piece in network.layout.pieces:
        if len(piece.parameter.shape) >= 2 and not piece.parameter.is_bias:
            return piece.name
    raise gn.OptionError("the network has no layer with a matrix of weights, so there is nothing to show")


def _as_images(weights: gn.Array, input_shape: gn.Shape) -> gn.Array:
    """Return weights as images ``(images, height, width)``; a matrix without pixels is one image."""
    if weights.ndim == 4:  # (height, width, channels, filters): an image for each channel of each filter
        return np.moveaxis(weights, (3, 2), (0, 1)).reshape(-1, *weights.shape[:2])
    is_of_pixels = len(input_shape) in (2, 3) and weights.ndim == 2 and math.prod(input_shape) == len(weights)
    if not is_of_pixels:
        return weights.reshape(1, -1, weights.shape[-1])
    height, width, channels = (*input_shape, 1)[:3]
    pixels = weights.T.reshape(-1, height, width, channels)
    return np.moveaxis(pixels, 3, 1).reshape(-1, height, width)
