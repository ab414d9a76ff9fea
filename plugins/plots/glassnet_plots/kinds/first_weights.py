"""The plot first_weights: the weights of the first layer as images, over the training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

import glassnet as gn
from glassnet_plots.frames import frame_places
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class FirstWeights(Plot):
    """The weights of the first layer as images, over the training: what each of its units looks for.

    A dense layer behind images has an image for each unit, a convolution one for each filter and input channel. The
    weights of other inputs are one matrix. Orange is above zero and purple below it. Shown are the units with the
    largest weights; the moments are the snapshots of the recording, or else the trained network alone.
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
        from matplotlib.ticker import MaxNLocator

        from glassnet_plots.over_time import draw_scale
        from glassnet_reports.plots import new_figure, style

        images, units = numbers["weights"][frame], numbers["units"]
        # The same colors in each picture of an animation.
        highest = float(np.abs(numbers["weights"][-1]).max()) or 1.0
        figure = new_figure(6.4, 5.0)
        panel = figure.subplots()
        is_matrix = len(images) == 1
        shown = images[0] if is_matrix else _side_by_side(images)
        aspect: Literal["auto", "equal"] = "auto" if is_matrix else "equal"
        colored = panel.imshow(
            shown, cmap="PuOr_r", vmin=-highest, vmax=highest, interpolation="nearest", aspect=aspect
        )
        name, moment = numbers["parameter"], numbers["titles"][frame]
        if is_matrix:
            style(panel, title=f"{name}, {moment}", xlabel="unit", ylabel="input")
            for axis in (panel.xaxis, panel.yaxis):
                axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        else:
            style(panel, title=f"{name}, {moment}: {len(images)} of {numbers['of']:,} units")
            panel.set_axis_off()
            _write_units(panel, images, units)
        draw_scale(figure, colored, panel, "weight", shrink=0.8)
        return figure


def _columns(images: gn.Array) -> int:
    return math.ceil(math.sqrt(len(images)))


def _side_by_side(images: gn.Array) -> gn.Array:
    """Return images in rows, as one with empty pixels between them: drawing many panels takes seconds."""
    _, height, width = images.shape
    gap = _gap(height)
    columns = _columns(images)
    rows = math.ceil(len(images) / columns)
    whole = np.full((rows * (height + gap), columns * (width + 1)), np.nan)
    for place, image in enumerate(images):
        top, left = place // columns * (height + gap) + gap, place % columns * (width + 1)
        whole[top : top + height, left : left + width] = image
    return whole


def _gap(height: int) -> int:
    """Return the number of pixels above an image, which has room for the number of its unit."""
    return max(1, round(height * 0.25))


def _write_units(panel: Axes, images: gn.Array, units: gn.Array) -> None:
    from glassnet_reports.colors import FAINT

    _, height, width = images.shape
    columns = _columns(images)
    for place, unit in enumerate(units):
        top, left = place // columns * (height + _gap(height)) + _gap(height), place % columns * (width + 1)
        panel.text(left - 0.5, top - 0.6, str(unit), fontsize=7, color=FAINT, va="bottom")


def _first_matrix(network: gn.Network) -> str:
    """Return the name of the first parameter with two axes or more."""
    for slice_ in network.layout.slices:
        if len(slice_.parameter.shape) >= 2 and not slice_.parameter.is_bias:
            return slice_.name
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
