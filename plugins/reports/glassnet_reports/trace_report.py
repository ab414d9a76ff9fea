"""The report trace: every operation of a network on one batch."""

from __future__ import annotations

from typing import Any

from glassnet.components.loss import Loss
from glassnet.network import Network
from glassnet_reports.report import Report
from glassnet_reports.trace import Trace, trace


class TraceReport(Report):
    """Returns the graph of all operations from a batch to its loss, with values and gradients; it draws itself."""

    def of(
        self,
        network: Network,
        x: Any,
        y: Any = None,
        loss: Loss | str | None = None,
        training: bool = False,
        seed: int = 0,
        fused: bool = True,
    ) -> Trace:
        return trace(network, x, y, loss, training=training, seed=seed, fused=fused)
