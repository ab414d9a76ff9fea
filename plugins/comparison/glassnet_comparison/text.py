"""A comparison as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from glassnet_commands.formatting import figure_text
from glassnet_comparison.differences import Differences, Pair

_WIDEST = 60


def lines(comparison: Differences) -> Iterator[str]:
    """Iterate over the lines: differences, results, and where the runs part."""
    for part in ("settings", "data", "versions"):
        found = comparison.differences(part)
        if found:
            yield from _table(part, comparison.names, found)
        else:
            yield f"{part}: the same"
    results = {name: [figure_text(value) for value in values] for name, values in comparison.results().items()}
    yield from _table("results", comparison.names, results)
    for pair in comparison.pairs:
        yield from _pair(pair)


def pair_lines(pair: Pair) -> list[str]:
    """Return what is to be said of two runs."""
    return list(_pair(pair))


def _pair(pair: Pair) -> Iterator[str]:
    both = f"{pair.one} and {pair.other}"
    if not pair.should_be_equal:
        return
    if pair.is_equal:
        yield f"{both} are equal" + (f": {pair.repeated}" if pair.repeated else ": the same bytes of model and history")
        return
    yield f"{both} should be equal, and are not"
    for told in pair.recorded:
        yield f"first recorded difference: {told}"
    if pair.repeated:
        yield pair.repeated


def _table(title: str, names: list[str], rows: dict[str, list[str]]) -> Iterator[str]:
    cells = [[title, *names], *([name, *map(_cut, values)] for name, values in rows.items())]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
