"""Writes ``docs/doctor.md`` from results, whenever they were measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import glassnet as gn
from glassnet_lab.catalogue import FAULTS

_TEXT = Path(__file__).parent / "text" / "doctor.md"


def page(results: dict[str, Any]) -> str:
    """Return the whole page."""
    answers = {tuple(key.split()): rules for key, rules in results["faults"].items()}
    parts = [
        _TEXT.read_text().strip(),
        "## The rules",
        rules_table(),
        "## How often it is right",
        scores(answers, results["healthy"]),
        "### Fault by fault",
        confusion(answers),
        "## What the sampler costs",
        overhead(results["overhead"]),
        "## How it was measured",
        method(answers, results),
    ]
    return "\n\n".join(parts) + "\n"


def rules_table() -> str:
    """Return a table of all rules: what each finds, and its source."""
    lines = ["| rule | | source |", "| --- | --- | --- |"]
    for name in dir(gn.rules):
        rule = getattr(gn.rules, name)
        first = " ".join((rule.__doc__ or "").split("\n\n")[0].split())
        lines.append(f"| `{name}`{' (symptom)' if rule.is_symptom else ''} | {first} | {rule.reference} |")
    return "\n".join(lines)


def scores(answers: dict[tuple[str, ...], list[str]], healthy: dict[str, list[str]]) -> str:
    """Return how often the right rule comes first and among three, and how often healthy trainings have a finding."""
    count = len(answers)
    first = sum(bool(set(rules[:1]) & set(FAULTS[key[0]].rules)) for key, rules in answers.items())
    third = sum(bool(set(rules[:3]) & set(FAULTS[key[0]].rules)) for key, rules in answers.items())
    alarms = sum(map(bool, healthy.values()))
    lines = ["| | measured | aim |", "| --- | --- | --- |"]
    lines.append(f"| the right rule is first | {first} of {count}, {first / count:.1%} | 90 % |")
    lines.append(f"| the right rule is among the first three | {third} of {count}, {third / count:.1%} | 95 % |")
    share = alarms / max(len(healthy), 1)
    lines.append(f"| healthy trainings with a finding | {alarms} of {len(healthy)}, {share:.1%} | at most 1 % |")
    return "\n".join(lines)


def confusion(answers: dict[tuple[str, ...], list[str]]) -> str:
    """Return the confusion matrix: for each fault, how often each rule came first."""
    by_fault: dict[str, Counter[str]] = defaultdict(Counter)
    for key, rules in answers.items():
        by_fault[key[0]][rules[0] if rules else "nothing"] += 1
    lines = ["| part | fault | rules that name it | first finding, with the number of trainings |"]
    lines.append("| --- | --- | --- | --- |")
    for fault in sorted(FAULTS.values(), key=lambda each: (each.part, each.name)):
        found = ", ".join(f"{rule} {number}" for rule, number in by_fault[fault.name].most_common())
        lines.append(f"| {fault.part} | {fault.name} | {', '.join(fault.rules)} | {found} |")
    return "\n".join(lines)


def overhead(measured: dict[str, list[float]]) -> str:
    """Return a table of the share of the time that trainings spend in the sampler."""
    lines = ["| training | time in the hooks of the sampler, median | range |", "| --- | --- | --- |"]
    for name, shares in measured.items():
        lines.append(f"| {name} | {median(shares):.2%} | {min(shares):.2%} to {max(shares):.2%} |")
    return "\n".join(lines)


def method(answers: dict[tuple[str, ...], list[str]], results: dict[str, Any]) -> str:
    """Return what was run, where and when."""
    run = results["run"]
    drawn = 1 + max(map(int, results["healthy"]), default=-1)
    recipes, seeds = ({key[place] for key in answers} for place in (1, 2))
    return (
        f"{len({key[0] for key in answers})} faults in {len(recipes)} recipes ({', '.join(sorted(recipes))}) with "
        f"{len(seeds)} seeds: {len(answers)} trainings, since some faults need classes, or a table. "
        f"{len(results['healthy'])} healthy trainings, of {drawn} drawn, with recipe, activation, width, dropout or "
        f"batch_norm, optimizer, batch size, epochs, penalty and schedule drawn at random, of which those count that "
        f"answer 85 % of the test data right, or explain 85 % of its variance. {run['date']}, {run['cores']} cores of "
        f"{run['cpu']}, Python {run['versions']['Python']}, NumPy {run['versions']['numpy']}. Other programs ran on "
        "the same cores.\n\n"
        "    python -m benchmarks.doctor --seeds 10 --healthy 215 --write\n\n"
        "measures all of it; what `docs/doctor.json` has already is kept unless `--anew` is given. The rules' own "
        "tests (`tests/plugins/doctor`) have other data, recipes, faults and seeds. Thresholds were chosen with these "
        "faults and recipes and the seeds 0 to 5, so faults of other kinds may be found less often. Some rules were "
        "changed after the measurement, for faults of other kinds; docs/decisions.md tells which."
    )
