"""The plot decision_boundary: what a network with two inputs answers on the plane, over the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_commands.classification import class_names
from glassnet_plots.frames import frame_places
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_POINTS = 400


class DecisionBoundary(Plot):
    """The plane of two inputs in the colors of the answers, over the training, as an animation.

    Lines show where the answer changes; points are test samples in the color of their true class. The moments are the
    snapshots of the recording. Without a recording, the trained network is the only picture.
    """

    points: int = gn.option(80, ge=8, help="how many answers are computed along each side")

    def measure(self, subject: Subject) -> Numbers:
        from glassnet_commands.decision_surface import plane_around, probabilities_on_plane

        network = subject.network
        if network.input_shape != (2,):
            raise gn.OptionError(
                f"this plot is for networks with two inputs, and this one has {network.input_shape}; embeddings shows "
                "samples of any shape in two dimensions"
            )
        split = subject.some(_MOST_POINTS)
        true = subject.labels(split)
        points = np.asarray(split.x)
        across, up = plane_around(points, self.points)
        networks = {"trained": network}
        if subject.has_recording:
            recording = subject.recording
            places = frame_places(len(recording.snapshots.values))
            networks = {
                f"step {recording.snapshots.steps[place]:,}": recording.network_at(place, network) for place in places
            }
        wrong = [len(subject.answers(split, each).mistakes) for each in networks.values()]
        return {
            "titles": list(networks),
            "across": across,
            "up": up,
            "probabilities": np.array([probabilities_on_plane(each, across, up) for each in networks.values()]),
            "points": points,
            "true": true,
            "classes": list(class_names(subject.classes, max(2, network.output_shape[0]))),
            "wrong": wrong,
        }

    def frames(self, numbers: Numbers) -> int:
        return len(numbers["titles"])

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_commands.decision_surface import draw_plane

        names = ("across", "up", "probabilities", "points", "true", "classes")
        across, up, probabilities, points, true, classes = (numbers[name] for name in names)
        title = f"{numbers['titles'][frame].capitalize()}: {numbers['wrong'][frame]:,} of {len(true):,} wrong"
        return draw_plane(across, up, probabilities[frame], points, true, classes, title)
