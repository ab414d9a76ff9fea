"""The plot gradients: how large the gradient is at each layer over the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Gradients(Plot):
    """The size of the loss's gradient by each layer's outputs, over the training.

    It is the root of the mean square over the elements of at most 256 training samples. Lines that are far apart, in
    the order of the layers, show gradients that vanish or explode on their way back.

    Bengio, Simard and Frasconi (1994), Learning Long-Term Dependencies with Gradient Descent is Difficult.
    """

    def measure(self, subject: Subject) -> Numbers:
        recording = subject.recording
        return {
            "steps": recording.steps,
            "steps_per_epoch": recording.steps_per_epoch,
            "places": recording.places,
            "layers": recording.layers,
            "gradient_rms": recording.of_layers("gradient_rms"),
        }

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_plots.over_time import draw_lines, layer_names, new_panels

        names = layer_names(numbers["places"], numbers["layers"])
        figure, (panel,) = new_panels(1)
        draw_lines(
            panel,
            numbers["steps"],
            dict(zip(names, numbers["gradient_rms"].T, strict=True)),
            title="Gradient at each layer's outputs",
            ylabel="root of the mean square",
            steps_per_epoch=numbers["steps_per_epoch"],
            is_log=True,
        )
        return figure
