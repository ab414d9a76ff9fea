"""The first difference between what was recorded of two trainings: figures of epochs, and samples of steps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

from glassnet_comparison.recorded_run import RecordedRun

_FIELDS = ("values", "update")


def first_epoch(one: list[dict[str, float]], other: list[dict[str, float]]) -> str | None:
    """Return the first figure that differs between two histories, in words; None if all that both have are the same."""
    for epoch, (mine, theirs) in enumerate(zip(one, other, strict=False), 1):
        for name, value in mine.items():
            if name in theirs and not _same(value, theirs[name]):
                return f"{name} of epoch {epoch}: {value!r} and {theirs[name]!r}"
    return None


def first_sample(one: RecordedRun, other: RecordedRun) -> str | None:
    """Return the first sample of the doctor's recordings that differs: the step, and the parameter of which layer."""
    mine, theirs = one.record, other.record
    if not mine or not theirs or mine.get("names") != theirs.get("names"):
        return None
    known = {sample[0]: sample for sample in theirs.get("samples", ())}
    before = 0
    for sample in mine.get("samples", ()):
        step = sample[0]
        if step not in known:
            continue
        for what, a, b in _pairs(mine["names"], sample, known[step]):
            if not _same(a, b):
                since = f", and step {before} was the last recorded one that is the same" if before else ""
                return f"step {step + 1}, {what}: {a!r} and {b!r}{since}"
        before = step + 1
    return None


def _pairs(names: list[str], mine: list[Any], theirs: list[Any]) -> Iterator[tuple[str, float, float]]:
    yield "the loss", mine[1], theirs[1]
    for field, a, b in zip(_FIELDS, mine[2:], theirs[2:], strict=False):
        for name, x, y in zip(names, a, b, strict=False):
            yield f"the {field} of {name!r} (root mean square)", x, y


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


def different(one: dict[str, str], other: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return what differs between two descriptions: name and both values, of which one may be missing."""
    names = dict.fromkeys(itertools.chain(one, other))
    return [(name, one.get(name, ""), other.get(name, "")) for name in names if one.get(name) != other.get(name)]
