"""Results as Markdown: tables, durations and profiles."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.peers import OURS
from benchmarks.results import Result
from benchmarks.rounds import ratio

_TEXT = Path(__file__).parent / "text"


def code_of(run: dict[str, Any] | None) -> str:
    """Return the day and the commit of a run; an empty text for none."""
    return "" if run is None else ", ".join(filter(None, [run["date"][:10], run.get("code")]))


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    lines = [list(header), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def seconds_text(seconds: float) -> str:
    """Return a duration with three digits, in the unit that suits it."""
    for unit, scale in (("s", 1), ("ms", 1e3)):
        if seconds * scale >= 1:
            return f"{seconds * scale:#.3g} {unit}".replace(". ", " ")
    return f"{seconds * 1e6:#.3g} µs".replace(". ", " ")


def comparison(result: Result) -> str:
    """Return a heading, a row for each candidate, and who was left out and why.

    Ours is divided by each; where ours is not among them, each is divided by the first.
    """
    seconds = result["seconds"]
    refused = result.get("not_counted", {})
    extra = {"losses_early": "loss after 20 steps", "losses": "final loss", "epochs": "epochs", "alone": "alone"}
    columns = [name for name in extra if name in result]
    first = next(iter(seconds))
    is_peers = first == OURS
    rows = []
    for name, measured in seconds.items():
        both = (seconds[first], measured) if is_peers else (measured, seconds[first])
        beside = f"not counted: {refused[name]}" if name in refused else str(ratio(*both))
        row = [name, seconds_text(statistics.median(measured)), "" if name == first else beside]
        rows.append([*row, *(_extra(result, column, name) for column in columns)])
    left_out = [f"Left out: {name} ({reason})." for name, reason in result.get("missing", {}).items()]
    header = [
        "",
        "median",
        f"{first} / this" if is_peers else f"this / {first}",
        *(extra[column] for column in columns),
    ]
    return "\n\n".join([f"### {result['title']}", table(header, rows), *left_out])


def _extra(result: Result, column: str, name: str) -> str:
    value = result[column].get(name)
    if value is None:
        return ""
    match column:
        case "losses" | "losses_early":
            return f"{value:.4f}"
        case "alone":
            return f"{seconds_text(statistics.median(value))}, {ratio(value, result['seconds'][name])} of that in turn"
        case _:
            return str(value)


def ratios_table(results: dict[str, Result]) -> str:
    """Return one row for each result: our time, and its ratio to each other."""
    if not results:
        return "Not measured."
    others = list(dict.fromkeys(name for each in results.values() for name in each["seconds"] if name != OURS))
    rows = []
    for result in results.values():
        seconds, refused = result["seconds"], result.get("not_counted", {})
        cells = [_beside(seconds, refused, name) for name in others]
        rows.append([result["title"], seconds_text(statistics.median(seconds[OURS])), *cells])
    return table(["", OURS, *(f"/ {name}" for name in others)], rows)


def _beside(seconds: dict[str, list[float]], refused: dict[str, str], name: str) -> str:
    if name not in seconds:
        return "has none"
    return f"not counted: {refused[name]}" if name in refused else str(ratio(seconds[OURS], seconds[name]))


def profile_table(profile: dict[str, Any]) -> str:
    """Return the parts of a profile that took time, in µs a step and in hundredths of the whole."""
    rows = [_profile_row(part, profile) for part in profile["parts"] if part["seconds"] > 0]
    products = profile["products"]["share"]
    whole = ["all", "", "", _microseconds(profile["seconds"], profile), "100", _hundredths(products)]
    return table(["part", "forward, µs", "backward, µs", "total, µs", "%", "products, %"], [*rows, whole])


def _profile_row(part: dict[str, Any], profile: dict[str, Any]) -> list[str]:
    times = [_microseconds(part[which], profile) for which in ("forward", "backward", "seconds")]
    share = part["seconds"] / profile["seconds"]
    return [part["part"], *times, _hundredths(share), _hundredths(part["share_in_products"])]


def _microseconds(seconds: float, profile: dict[str, Any]) -> str:
    return f"{1e6 * seconds / profile['steps']:,.1f}" if seconds else ""


def _hundredths(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def prose(name: str) -> str:
    """Return a part of the page's prose."""
    return (_TEXT / f"{name}.md").read_text().strip()
