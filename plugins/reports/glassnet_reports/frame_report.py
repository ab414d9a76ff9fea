"""The report frame: rows of figures as a pandas data frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import glassnet as gn
from glassnet_reports.report import Report


class FrameReport(Report):
    """Returns the epochs of a history, or rows given as mappings, as a pandas data frame."""

    def of(self, rows: gn.History | Sequence[dict[str, Any]]) -> Any:
        try:
            import pandas
        except ImportError:
            raise gn.OptionError("to_frame() needs pandas; install it: pip install 'glassnet[data]'") from None
        if not isinstance(rows, gn.History):
            return pandas.DataFrame(list(rows))
        index = pandas.RangeIndex(1, len(rows.epochs) + 1, name="epoch")
        return pandas.DataFrame(rows.epochs, index=index, columns=list(rows))
