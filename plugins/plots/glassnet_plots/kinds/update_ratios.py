"""The plot update_ratios: how large each step was beside the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Karpathy, CS231n, Neural Networks Part 3: "a rough heuristic is that this ratio should be somewhere around 1e-3".
_USUAL = 1e-3


class UpdateRatios(Plot):
    """The change of each parameter in a step by the size of the parameter, both as roots of mean squares.

    About 0.001 is usual: much more, and the step size may be too high; much less, and the layer hardly learns. A run
    without a recording has the steps 1, 2, 4, 8, …, which the doctor keeps of each training.

    Karpathy (2015), CS231n Convolutional Neural Networks for Visual Recognition, Neural Networks Part 3.
    """

    biases: bool = gn.option(False, help="whether biases are shown too, which start at zero")

    def measure(self, subject: Subject) -> Numbers:
        steps, names, ratios, per_epoch = _recorded(subject) if subject.has_recording else _sampled(subject)
        slices = {slice_.name: slice_ for slice_ in subject.network.layout.slices}
        shown = [
            place
            for place, name in enumerate(names)
            if self.biases or (name in slices and not slices[name].parameter.is_bias)
        ]
        return {
            "steps": steps,
            "steps_per_epoch": per_epoch,
            "parameters": [names[place] for place in shown],
            "ratios": ratios[:, shown],
        }

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_plots.over_time import draw_lines, new_panels
        from glassnet_reports.colors import FAINT

        figure, (panel,) = new_panels(1)
        panel.axhline(_USUAL, color=FAINT, linewidth=1, linestyle="--", label="usual: 0.001")
        draw_lines(
            panel,
            numbers["steps"],
            dict(zip(numbers["parameters"], numbers["ratios"].T, strict=True)),
            title="Size of each step beside the weights",
            ylabel="change / weights",
            steps_per_epoch=numbers["steps_per_epoch"],
            is_log=True,
        )
        return figure


def _recorded(subject: Subject) -> tuple[gn.Array, list[str], gn.Array, int | None]:
    """Return steps, names and ratios ``(steps, parameters)`` of a recording, without moments whose step is unknown."""
    recording = subject.recording
    updates, sizes = recording.of_parameters("update_rms"), recording.of_parameters("rms")
    seen = np.isfinite(updates).any(axis=1)
    return recording.steps[seen], recording.parameters, _ratio(updates[seen], sizes[seen]), recording.steps_per_epoch


def _sampled(subject: Subject) -> tuple[gn.Array, list[str], gn.Array, int | None]:
    """Return the same of the steps that the doctor keeps."""
    record = subject.samples_of_doctor
    if record is None or not record.raw_samples:
        _ = subject.recording  # says what to do
        raise gn.OptionError("the training took no step; train for one epoch or more")
    steps, _, sizes, updates = zip(*record.raw_samples, strict=True)
    return np.array(steps) + 1, record.names, _ratio(np.array(updates), np.array(sizes)), record.steps_per_epoch


def _ratio(updates: gn.Array, sizes: gn.Array) -> gn.Array:
    ratios: gn.Array = np.divide(updates, sizes, out=np.full(updates.shape, np.nan), where=sizes > 0)
    return ratios
