"""Dates as people write them: ISO, day first, month first, with and without a time."""

from __future__ import annotations

from typing import Any

from glassnet_tables.polars_import import nulled, polars

# Day first goes before month first: where both can be read, it is what most countries write.
FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d/%m/%y",
    "%d-%m-%y",
    "%m/%d/%y",
    "%m-%d-%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
)
_TIME = r"[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp][Mm])?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?$"
_LOOKED_AT = 1000
_FIRST_YEAR = 1000


def date_format_of(cells: Any, least: float) -> str | None:
    """Return the format in which at least this share of a column of text can be read as dates, or None."""
    known = cells.drop_nulls()
    # Most columns end here: no format fits a text without a digit, or with the length of a sentence.
    sample = known.unique(maintain_order=True).head(_LOOKED_AT)
    if len(sample) == 0 or not sample.str.contains(r"^(\d{1,4}[-/. ]|[A-Za-z]{3,9} \d)").all():
        usual = sample.str.contains(r"^(\d{1,4}[-/. ]|[A-Za-z]{3,9} \d)").mean() or 0
        if usual < least:
            return None
    shares = {each: 1 - as_dates(sample, each).null_count() / len(sample) for each in FORMATS}
    best = max(FORMATS, key=lambda each: shares[each])  # the first of the best
    return best if shares[best] >= least else None


def as_dates(cells: Any, form: str) -> Any:
    """Return a column of text as dates with microseconds, null where a cell is not of the format."""
    pl = polars()
    days = cells.str.replace(_TIME, "").str.strip_chars().str.to_datetime(form, strict=False, time_unit="us")
    days = nulled(days, days.dt.year() < _FIRST_YEAR)  # 31.01.24 is not a day of the year 24
    frame = pl.DataFrame({"cell": cells.fill_null("")})
    hour, minute, second, half = (
        frame["cell"].str.extract(_TIME, place).fill_null("" if place == 4 else "0") for place in (1, 2, 3, 4)
    )
    hours = hour.cast(pl.Int64, strict=False)
    noon = half.str.to_lowercase()
    hours = hours % 12 + (noon == "pm").cast(pl.Int64) * 12 if (noon != "").any() else hours
    seconds = hours * 3600 + minute.cast(pl.Int64, strict=False) * 60 + second.cast(pl.Int64, strict=False)
    return days + (seconds * 1_000_000).cast(pl.Duration("us"))
