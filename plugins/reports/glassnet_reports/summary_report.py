"""The report summary: a network as a table."""

from __future__ import annotations

from glassnet.network import Network
from glassnet_reports.report import Report
from glassnet_reports.summary import print_summary


class SummaryReport(Report):
    """Prints a table of the layers of a network, their output shapes, parameters and initializers."""

    def of(self, network: Network) -> None:
        print_summary(network)
