"""The pictures of a plot with its numbers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from glassnet_plots.plot import Numbers, Plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@attrs.frozen(eq=False, slots=False)
class Pictures:
    """The pictures of one network or run; several are the moments of a training.

    Attributes
    ----------
    plot
        What draws them.
    numbers
        What they show: arrays and plain values by name.
    """

    plot: Plot
    numbers: Numbers

    @property
    def frames(self) -> int:
        """The number of pictures."""
        return self.plot.frames(self.numbers)

    @cached_property
    def figure(self) -> Figure:
        """The last picture, as a figure of matplotlib."""
        return self.frame(self.frames - 1)

    def frame(self, number: int) -> Figure:
        """Return one of the pictures, counted from 0."""
        return self.plot.draw(self.numbers, number)
