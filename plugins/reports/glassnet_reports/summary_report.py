"""The report summary: a network as a table."""

from __future__ import annotations

from glassnet.network import Network
from glassnet.types import Shape
from glassnet_reports.report import Report
from glassnet_reports.summary import fitting_layers, print_summary


class SummaryReport(Report):
    """Prints a table of the layers of a network, their output shapes, parameters and initializers.

    For a shape of samples that a layer does not take, the table ends with that layer and the reason.
    """

    def of(self, network: Network, input_shape: Shape | int | None = None) -> None:
        if input_shape is None:
            print_summary(network)
        else:
            fitting, failure = fitting_layers(network, input_shape)
            print_summary(fitting, failure)
