"""Plots with one mistake each, and the check that is there for it."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

import glassnet as gn


class Right(gn.Plot):
    """The largest weight of each layer; all is right."""

    power: int = gn.option(1, ge=1, help="of the weight")

    def measure(self, subject: Any) -> Any:
        return {name: float(abs(w).max() ** self.power) for name, w in subject.network.parameters.items()}

    def draw(self, numbers: Any, frame: int) -> Any:
        figure = Figure()
        figure.subplots().barh(list(numbers), list(numbers.values()))
        return figure


class ForTwoInputs(Right):
    """Shows one of the networks and refuses the others; all is right."""

    def measure(self, subject):
        if subject.network.input_shape != (2,):
            raise gn.OptionError("this plot is for two inputs")
        return super().measure(subject)


class WithoutDraw(gn.Plot):
    """Measures alone."""

    def measure(self, subject):
        return {"one": 1}


class OfNothing(Right):
    """Refuses each network."""

    def measure(self, subject):
        raise gn.OptionError("not this one")


class Scaled(Right):
    """Changes the network that it shows."""

    def measure(self, subject):
        subject.network.flat_parameters[:] *= 1.5
        return super().measure(subject)


class OfObjects(Right):
    """Keeps the network instead of its numbers."""

    def measure(self, subject):
        return {"network": subject.network}


class Empty(Right):
    """Measures nothing."""

    def measure(self, subject):
        return {}


class NoFrames(Right):
    """Has no picture."""

    def frames(self, numbers):
        return 0


class Text(Right):
    """Draws text."""

    def draw(self, numbers, frame):
        return "weights"


class Sorted(Right):
    """Changes the numbers while it draws."""

    def draw(self, numbers, frame):
        numbers["frame"] = frame
        return super().draw(numbers, frame)


@pytest.mark.parametrize("plot", [Right, ForTwoInputs])
def test_right_plots_pass(plot, passes):
    passes(plot)


@pytest.mark.parametrize(
    ("plot", "check"),
    [
        (WithoutDraw, "it_measures_and_draws"),
        *((plot, "it_draws_some_network") for plot in (OfNothing, OfObjects, Empty, NoFrames, Text, Sorted)),
    ],
)
def test_a_wrong_plot_is_caught(plot, check, caught):
    caught(plot, check)


def test_a_plot_that_changes_the_network_is_caught(caught):
    failure = caught(Scaled, "it_draws_some_network")
    assert "parameters" in failure.input
