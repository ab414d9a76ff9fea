"""The plot confusion: which class is taken for which, over the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_commands.classification import class_names, predicted_labels, threshold_of, true_labels
from glassnet_plots.frames import frame_places
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_SAMPLES = 50_000


class Confusion(Plot):
    """The confusion matrix over the training, as an animation: a row for each true class, a column for each answer.

    The moments are those of the recording, whose predictions are of at most 256 samples: of the validation data if the
    training had any. The last picture is the trained network's on all test data. Without a recording it is the only
    one.
    """

    def measure(self, subject: Subject) -> Numbers:
        split = subject.some(_MOST_SAMPLES)
        answered = subject.answers(split)
        classes = len(answered.classes)
        titles, matrices = [], []
        if subject.has_recording:
            recording = subject.recording
            true = true_labels(recording.targets)
            threshold = threshold_of(subject.network)
            data = "validation" if recording.held_out else "training"
            for place in frame_places(len(recording.moments.values)):
                outputs = recording.moments.values[place].predictions
                matrices.append(_matrix(true, predicted_labels(outputs, threshold), classes))
                titles.append(f"Step {recording.moments.steps[place]:,}, {data} sample")
        matrices.append(_matrix(answered.true, answered.predicted, classes))
        titles.append("Confusion matrix")
        return {
            "classes": list(class_names(subject.classes, classes)),
            "titles": titles,
            "matrices": np.array(matrices),
        }

    def frames(self, numbers: Numbers) -> int:
        return len(numbers["titles"])

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_commands.confusion_matrix import draw_counts

        return draw_counts(numbers["matrices"][frame], numbers["classes"], numbers["titles"][frame])


def _matrix(true: gn.Array, predicted: gn.Array, classes: int) -> gn.Array:
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (true, predicted), 1)
    return counts
