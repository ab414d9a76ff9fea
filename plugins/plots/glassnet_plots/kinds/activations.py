"""The plot activations: the outputs of each layer over the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Activations(Plot):
    """The spread of each layer's outputs over the training, and the part of its units that is dead or saturated.

    The upper panel shows the standard deviation of all outputs of a layer on at most 256 training samples. Values that
    shrink or grow with depth mean that the initialization does not fit. The lower panel shows, for each activation, the
    part of the units that give their lowest value for every sample (dead), or of the outputs that are within 2 % of a
    bound (saturated).

    Glorot and Bengio (2010), Understanding the Difficulty of Training Deep Feedforward Neural Networks.
    """

    def measure(self, subject: Subject) -> Numbers:
        recording = subject.recording
        idle = np.maximum(recording.of_layers("dead"), recording.of_layers("saturated"))
        return {
            "steps": recording.steps,
            "steps_per_epoch": recording.steps_per_epoch,
            "places": recording.places,
            "layers": recording.layers,
            "activations": recording.activations,
            "output_std": recording.of_layers("output_std"),
            "output_mean": recording.of_layers("output_mean"),
            "idle": idle,
        }

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_plots.over_time import draw_lines, layer_names, new_panels

        names = layer_names(numbers["places"], numbers["layers"])
        steps, per_epoch = numbers["steps"], numbers["steps_per_epoch"]
        idle = {
            name: values
            for name, values, is_activation in zip(names, numbers["idle"].T, numbers["activations"], strict=True)
            if is_activation
        }
        figure, panels = new_panels(2 if idle else 1)
        spread = dict(zip(names, numbers["output_std"].T, strict=True))
        draw_lines(
            panels[0],
            steps,
            spread,
            title="Spread of each layer's outputs",
            ylabel="standard deviation",
            steps_per_epoch=per_epoch,
            is_log=True,
        )
        if idle:
            percent = {name: 100 * values for name, values in idle.items()}
            draw_lines(
                panels[1],
                steps,
                percent,
                title="Dead units, or saturated outputs",
                ylabel="part of the layer, in %",
                steps_per_epoch=per_epoch,
            )
            panels[1].set_ylim(-3, 103)
        return figure
