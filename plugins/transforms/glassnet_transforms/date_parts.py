"""Parts of dates: days since the first one, and sine and cosine of what repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import glassnet as gn

_PARTS = ("days", "month", "weekday", "hour")


class DateParts(gn.Transform):
    """Days since the first training row, and sine and cosine of month, weekday and hour.

    Sine and cosine put December beside January. A part that is the same in all training rows has no output, such as
    the hour of dates without times. A missing date is NaN, which `impute` fills.

    Source: Adams and Vamplew (1998), Encoding and decoding cyclic data.
    """

    formula = "sin(2 pi m / 12), cos(2 pi m / 12), …"
    takes = "dates"

    parts: tuple[str, ...] = gn.option(_PARTS, help="which of days, month, weekday and hour there are")

    def fit(self, values: gn.Array) -> dict[str, Any]:
        known = values[~np.isnat(values)]
        first = str(known.min()) if len(known) else "1970-01-01"
        kept = [part for part in self.parts if len(known) and np.ptp(_part(part, known, first)) > 0]
        return {"first": first, "parts": kept or ["days"]}

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        missing = np.isnat(values)
        filled = np.where(missing, np.datetime64(state["first"]), values)
        columns = []
        for part in state["parts"]:
            numbers = _part(part, filled, state["first"])
            if part == "days":
                columns.append(numbers)
                continue
            angle = 2 * np.pi * numbers / {"month": 12, "weekday": 7, "hour": 24}[part]
            columns += [np.sin(angle), np.cos(angle)]
        outputs = np.stack(columns, axis=1)
        outputs[missing] = np.nan
        return outputs

    def output_names(self, names: Sequence[str], state: dict[str, Any]) -> list[str]:
        written = []
        for part in state["parts"]:
            written += [part] if part == "days" else [f"sin({part})", f"cos({part})"]
        return [f"{names[0]} {part}" for part in written]


def _part(part: str, dates: gn.Array, first: str) -> gn.Array:
    """Return a part of dates as numbers: days since `first`; month from 0; weekday from Monday, 0; hour from 0."""
    days = dates.astype("datetime64[D]")
    numbers: gn.Array
    if part == "days":
        numbers = (dates - np.datetime64(first)) / np.timedelta64(1, "D")
    elif part == "month":
        numbers = dates.astype("datetime64[M]").astype(np.int64) % 12.0
    elif part == "weekday":
        numbers = (days.astype(np.int64) + 3) % 7.0  # 1 January 1970 was a Thursday
    else:
        numbers = (dates - days) / np.timedelta64(1, "h")
    return numbers
