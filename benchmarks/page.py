"""Writes ``docs/performance.md`` from results, whenever they were measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from benchmarks.cases import TRAINING
from benchmarks.formatting import code_of, comparison, prose, ratios_table, table
from benchmarks.goals_page import explanations, tables
from benchmarks.results import Result, Results

_ADVICE = "<!-- Written by python -m benchmarks --write; its prose is in benchmarks/text. -->"


def page(results: Results) -> str:
    """Return the whole page."""
    parts = [
        "# Performance",
        _ADVICE,
        prose("introduction"),
        "## What it is to reach",
        prose("goals"),
        *tables(results),
        prose("matrix_products"),
        *explanations(results),
        "## Training",
        prose("training"),
        *_sections(results, "training", list(TRAINING)),
        *_sections(results, "sequences"),
        "## A whole fit",
        prose("whole_fit"),
        *_sections(results, "whole_fit"),
        "## Optimizers alone",
        prose("optimizers"),
        *_tables(results, "optimizers", ratios_table),
        "## Prediction",
        *_sections(results, "prediction"),
        "## From process start to an accuracy",
        *_sections(results, "accuracy"),
        "## Starting",
        *_sections(results, "starting"),
        *_sections(results, "plugins"),
        "## Single layers",
        prose("layers"),
        *_tables(results, "layers", ratios_table),
        "## Activations and losses",
        prose("elementwise"),
        *_tables(results, "elementwise", ratios_table),
        "## Fused formulas",
        prose("fusion"),
        *_tables(results, "fusion", ratios_table),
        "## How cost grows",
        *_curves(results),
        "## How it was measured",
        prose("method"),
        *_sections(results, "alone"),
        "## Beside other busy processes",
        prose("load"),
        *_sections(results, "load"),
        "## Runs",
        prose("runs"),
        runs_table(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sections(results: Results, section: str, order: Iterable[str] | None = None) -> list[str]:
    """Return a comparison for each case, on each processor that it was measured on."""
    names = [name for name in order or results.of(section) if name in results.of(section)]
    found = [
        result
        for name in names
        for processor in results.processors
        if (result := results.on(processor).of(section).get(name))
    ]
    return [f"{comparison(each)}\n\n{_where(results, [each])}" for each in found] or ["Not measured."]


def _tables(results: Results, section: str, write: Callable[[dict[str, Result]], str]) -> list[str]:
    """Return a table of a section for each processor that it was measured on."""
    parts: list[str] = []
    for processor in results.processors:
        if found := results.on(processor).of(section):
            parts += [_where(results, found.values()), write(found)]
    return parts or ["Not measured."]


def _where(results: Results, found: Iterable[Result]) -> str:
    """Return on what, when and with which code results were measured."""
    runs = {each["run"]: results.run_of(each) for each in found}
    told = [f"{code_of(run)} ({run['rounds']} rounds)" for _, run in sorted(runs.items())]
    processor = next(iter(runs.values()))["cpu"]
    return f"Measured on {processor}: {'; '.join(told)}."


def _curves(results: Results) -> list[str]:
    curves = results.of("curves")
    if not curves:
        return ["Not measured."]
    return ["![Time by width, depth, batch and data](images/performance.svg)", prose("curves")]


def runs_table(results: Results) -> str:
    """Return when, how, on what and with what each run was made."""
    rows = []
    for date, run in sorted(results.runs.items(), reverse=True):
        versions = ", ".join(f"{package} {version}" for package, version in run["versions"].items())
        settings = ", ".join(f"{name}={value}" for name, value in run["settings"].items()) or "none"
        machine = f"{run['cpu']}, {run['cores']} cores, {run['system']}"
        rows.append([date, run.get("code", ""), f"`{run['command']}`", str(run["rounds"]), machine, versions, settings])
    return table(["", "commit", "command", "rounds", "machine", "versions", "settings"], rows)
