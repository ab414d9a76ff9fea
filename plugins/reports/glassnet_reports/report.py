"""The base class of reports."""

from __future__ import annotations

from typing import Any

from glassnet.components.component import Component


class Report(Component):
    """Shows something: a network, a run or its history, as text, a table or a picture.

    ``net.summary()`` makes the report called summary, ``net.trace(…)`` that called trace, and ``history.plot()`` that
    called history.
    """

    kind = "report"

    def of(self, *subject: Any, **settings: Any) -> Any:
        """Print the report, or return it."""
        raise NotImplementedError(f"{type(self).__name__} needs of()")
