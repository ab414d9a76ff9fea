"""The base class of plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassnet.components.component import Component

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassnet_plots.subject import Subject

Numbers = dict[str, Any]
"""What a plot shows: arrays, plain values, and lists and dictionaries of these, by name."""


class Plot(Component):
    """Draws a network or its training.

    An author writes `measure` and `draw`: the first computes numbers, the second makes a figure of them and of nothing
    else. So the numbers behind each picture can be read: ``glassnet plot KIND RUN --json`` prints them.
    """

    kind = "plot"

    def measure(self, subject: Subject) -> Numbers:
        """Return what is to be drawn.

        Raises
        ------
        GlassnetError
            If the network or the run does not have what the plot shows, with what to do.
        """
        raise NotImplementedError(f"{type(self).__name__} needs measure()")

    def frames(self, numbers: Numbers) -> int:
        """Return the number of pictures: more than one for an animation."""
        return 1

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        """Return the picture with a number, counted from 0; the last one is that of the trained network."""
        raise NotImplementedError(f"{type(self).__name__} needs draw()")
