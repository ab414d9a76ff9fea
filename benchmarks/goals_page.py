"""The part of the page about targets: what is reached, and why the others are missed."""

from __future__ import annotations

import re

from benchmarks.formatting import code_of, profile_table, prose, seconds_text, table
from benchmarks.goals import ON_SEQUENCES, TARGETS, TRAINED
from benchmarks.results import Results
from benchmarks.rounds import Ratio
from benchmarks.targets import Measured, Target, Worst


def tables(results: Results) -> list[str]:
    """Return the targets for each processor: all for the one that was measured last, and what there is of others."""
    parts: list[str] = []
    for processor in results.processors:
        parts += [f"### {processor}", targets_table(results.on(processor), is_whole=not parts)]
    return parts or [targets_table(results)]


def targets_table(results: Results, *, is_whole: bool = True) -> str:
    """Return the targets beside what was measured, and when; without `is_whole` only those that were measured."""
    rows = []
    abouts = list(dict.fromkeys(target.about for target in TARGETS))
    for target in sorted(TARGETS, key=lambda target: abouts.index(target.about)):
        measured, run = target.measured(results), target.run(results)
        if measured is None and not is_whole:
            continue
        said = {True: "yes", False: "**no**", None: ""}[target.reached(results)]
        bound = f"at most {target.bound:.3g}{target.unit}"
        rows.append([target.about, target.figure, bound, _figure(measured, target.unit), said, code_of(run)])
    return table(["", "figure", "target", "measured", "reached", "day, commit"], rows)


def _figure(measured: Measured, unit: str) -> str:
    match measured:
        case None:
            return "not measured"
        case str() | Ratio() | Worst():
            return str(measured)
        case _:
            return f"{measured:.3g}{unit}"


def missed(results: Results) -> list[Target]:
    """Return the targets that were measured and not reached, on any processor."""
    each = [results.on(processor) for processor in results.processors]
    return [target for target in TARGETS if any(target.reached(found) is False for found in each)]


def explanations(results: Results, text: str | None = None) -> list[str]:
    """Return what the text has to say on each subject of which a target is missed, and a gap where it says nothing."""
    parts = re.split(r"^## (.+)\n", prose("explanations") if text is None else text, flags=re.MULTILINE)
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
    result = results.by_name.get(f"profiles/{(TRAINED | ON_SEQUENCES).get(about)}")
    if result is None:
        return []
    profile = result["profile"]
    step = seconds_text(profile["seconds"] / profile["steps"])
    return [f"By `--profile`, of a step of {step}:", profile_table(profile)]
