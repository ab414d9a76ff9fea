"""A comparison as one HTML file: no script, no network, no font."""

from __future__ import annotations

import numpy as np

from glassnet_comparison.differences import Differences
from glassnet_comparison.text import pair_lines
from glassnet_explanations.page.blocks import Block, Chart, Page, Section, Table, Text

_PARTS = {"settings": "Settings", "data": "Data", "versions": "Versions"}


def page_of(comparison: Differences) -> Page:
    """Return the page of a comparison."""
    told = tuple(Text(line) for pair in comparison.pairs for line in pair_lines(pair))
    parts = [Section(title, _differences(comparison, part)) for part, title in _PARTS.items()]
    results = Table("results", ("", *comparison.names), tuple(_rows(comparison.results())))
    sections = [Section("Results", (results,)), Section("Curves", _curves(comparison)), *parts]
    return Page(f"{len(comparison.runs)} runs", told, tuple(sections))


def _differences(comparison: Differences, part: str) -> tuple[Block, ...]:
    found = comparison.differences(part)
    if not found:
        return (Text("The same."),)
    rows = tuple((name, *values) for name, values in found.items())
    return (Table(part, ("", *comparison.names), rows),)


def _rows(results: dict[str, list[float]]) -> list[tuple[str | float, ...]]:
    return [(name, *values) for name, values in results.items()]


def _curves(comparison: Differences) -> tuple[Block, ...]:
    """Return a chart for each figure, with a line for each run that has it."""
    figures = dict.fromkeys(name for run in comparison.runs for epoch in run.history for name in epoch)
    longest = max((len(run.history) for run in comparison.runs), default=0)
    charts = []
    for figure in figures:
        lines = {}
        for name, run in zip(comparison.names, comparison.runs, strict=True):
            values = [epoch.get(figure, np.nan) for epoch in run.history]
            if np.any(np.isfinite(values)):
                lines[name] = np.array([*values, *[np.nan] * (longest - len(values))])
        if lines:
            charts.append(Chart(figure, lines, counted="epoch", first=1))
    return tuple(charts) or (Text("No epoch was recorded."),)
