"""Writes ``docs/performance.md`` from results, whenever they were measured."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.cases import TRAINING
from benchmarks.peers import OURS
from benchmarks.results import Result, Results
from benchmarks.rounds import Ratio, ratio
from benchmarks.targets import TARGETS, TRAINED, Measured, Target

_TEXT = Path(__file__).parent / "text"
_ADVICE = "<!-- Written by python -m benchmarks --write; its prose is in benchmarks/text. -->"


def page(results: Results) -> str:
    """Return the whole page."""
    parts = [
        "# Performance",
        _ADVICE,
        _prose("introduction"),
        *[_run_text(results, date) for date in results.runs],
        "## What it is to reach",
        targets_table(results),
        _prose("matrix_products"),
        *explanations(results),
        "## Training",
        _prose("training"),
        *_sections(results, "training", list(TRAINING)),
        "## Optimizers alone",
        _prose("optimizers"),
        optimizers_table(results.of("optimizers")),
        "## Prediction",
        *_sections(results, "prediction"),
        "## From process start to an accuracy",
        *_sections(results, "accuracy"),
        "## Starting",
        *_sections(results, "starting"),
        *_sections(results, "plugins"),
        "## Single layers",
        _prose("layers"),
        layers_table(results.of("layers")),
        "## Fused formulas",
        _prose("fusion"),
        optimizers_table(results.of("fusion")),
        "## How cost grows",
        *_curves(results),
        "## How it was measured",
        _prose("method"),
        *_sections(results, "alone"),
        "## Beside other busy processes",
        _prose("load"),
        *_sections(results, "load"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


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


def optimizers_table(results: dict[str, Result]) -> str:
    """Return one row for each optimizer and size: our time of a step, and its ratio to each variant."""
    if not results:
        return "Not measured."
    others = list(dict.fromkeys(name for each in results.values() for name in each["seconds"] if name != OURS))
    rows = []
    for result in results.values():
        seconds, refused = result["seconds"], result["not_counted"]
        cells = [_beside(seconds, refused, name) for name in others]
        rows.append([result["title"], seconds_text(statistics.median(seconds[OURS])), *cells])
    return table(["", OURS, *(f"/ {name}" for name in others)], rows)


def _beside(seconds: dict[str, list[float]], refused: dict[str, str], name: str) -> str:
    if name not in seconds:
        return "has none"
    return f"not counted: {refused[name]}" if name in refused else str(ratio(seconds[OURS], seconds[name]))


def layers_table(results: dict[str, Result]) -> str:
    """Return one row for each layer."""
    if not results:
        return "Not measured."
    rows = []
    for result in results.values():
        ours, theirs = result["seconds"].values()
        medians = [seconds_text(statistics.median(each)) for each in (ours, theirs)]
        rows.append([result["title"], *medians, str(ratio(ours, theirs))])
    return table(["", "glassnet", "PyTorch", "ratio"], rows)


def targets_table(results: Results) -> str:
    """Return every target beside what was measured."""
    rows = []
    abouts = list(dict.fromkeys(target.about for target in TARGETS))
    for target in sorted(TARGETS, key=lambda target: abouts.index(target.about)):
        measured = target.measure(results)
        said = {True: "yes", False: "**no**", None: ""}[target.reached(results)]
        bound = f"{'at least' if target.at_least else 'at most'} {target.bound:g}{target.unit}"
        rows.append([target.about, target.figure, bound, _figure(measured, target.unit), said])
    return table(["", "figure", "target", "measured", "reached"], rows)


def _figure(measured: Measured, unit: str) -> str:
    match measured:
        case None:
            return "not measured"
        case str() | Ratio():
            return str(measured)
        case _:
            return f"{measured:.3g}{unit}"


def missed(results: Results) -> list[Target]:
    """Return the targets that were measured and not reached."""
    return [target for target in TARGETS if target.reached(results) is False]


def explanations(results: Results, text: str | None = None) -> list[str]:
    """Return what the text has to say on each subject of which a target is missed, and a gap where it says nothing."""
    parts = re.split(r"^## (.+)\n", _prose("explanations") if text is None else text, flags=re.MULTILINE)
    said = dict(zip(parts[1::2], parts[2::2], strict=True))
    abouts = dict.fromkeys(target.about for target in missed(results))
    if not abouts:
        return []
    gap = "Not explained yet: `benchmarks/text/explanations.md` has no such section."
    written = ["## Where a target is missed"]
    for about in abouts:
        written += [f"### {about}", said.get(about, gap).strip(), *_profile_of(about, results)]
    return written


def _profile_of(about: str, results: Results) -> list[str]:
    """Return the profile of what is trained in the case of that name, if it was made."""
    result = results.by_name.get(f"profiles/{TRAINED.get(about)}")
    if result is None:
        return []
    profile = result["profile"]
    step = seconds_text(profile["seconds"] / profile["steps"])
    return [f"By `--profile`, of a step of {step}:", profile_table(profile)]


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


def _sections(results: Results, section: str, order: Iterable[str] | None = None) -> list[str]:
    found = results.of(section)
    names = found if order is None else [name for name in order if name in found]
    return [comparison(found[name]) for name in names] or ["Not measured."]


def _curves(results: Results) -> list[str]:
    curves = results.of("curves")
    if not curves:
        return ["Not measured."]
    return ["![Time by width, depth, batch and data](images/performance.svg)", _prose("curves")]


def _run_text(results: Results, date: str) -> str:
    """Return when, how, on what and with what a run was made, and which parts come from it if not all do."""
    run = results.runs[date]
    versions = ", ".join(f"{package} {version}" for package, version in run["versions"].items())
    settings = ", ".join(f"{name}={value}" for name, value in run["settings"].items()) or "none"
    parts = [f"`{name}`" for name, result in results.by_name.items() if result["run"] == date]
    scope = "" if len(results.runs) == 1 else f" From this run: {', '.join(parts)}."
    return (
        f"Measured {date} with `{run['command']}` ({run['rounds']} rounds) on {run['cpu']}, {run['cores']} cores, "
        f"{run['system']}. {versions}. Settings of threads and accelerators in the environment: {settings}.{scope}"
    )


def _prose(name: str) -> str:
    return (_TEXT / f"{name}.md").read_text().strip()
