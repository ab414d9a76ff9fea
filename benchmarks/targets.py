"""A target, and the figures that are measured against targets."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from benchmarks.peers import OURS
from benchmarks.results import Result, Results
from benchmarks.rounds import Ratio, ratio

PYTORCH = "PyTorch"


class Worst(NamedTuple):
    """The largest of several ratios, and what it is of."""

    median: float
    name: str
    count: int

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.name}; of {self.count})"


Measured = Ratio | Worst | float | str | None


@dataclass(frozen=True)
class Target:
    """A bound, and what is measured against it.

    Attributes
    ----------
    about
        What it is about: the heading under which ``text/explanations.md`` says why it is missed.
    figure
        Which figure of that.
    case
        The name of the result, or of the section whose results are counted together.
    measure
        Takes `case` and all results, and returns the figure: a text where it cannot count, None where it was not
        measured.
    peers
        Who has to be measured for it.
    """

    about: str
    figure: str
    bound: float
    case: str
    measure: Callable[[str, Results], Measured]
    unit: str = ""
    peers: tuple[str, ...] = ()

    def measured(self, results: Results) -> Measured:
        """Return the figure."""
        return self.measure(self.case, results)

    def reached(self, results: Results) -> bool | None:
        """Say whether the median keeps to the bound; None where that is not known."""
        measured = self.measured(results)
        if measured is None or isinstance(measured, str):
            return None
        return (measured if isinstance(measured, float) else measured.median) <= self.bound

    def run(self, results: Results) -> dict[str, Any] | None:
        """Return the run that the figure comes from; None where it was not measured."""
        found = [each for name, each in results.by_name.items() if f"{name}/".startswith(f"{self.case}/")]
        return results.run_of(found[0]) if found else None


def beside(about: str, case: str, bounds: dict[str, float], ours: str = OURS, named: str = "") -> list[Target]:
    """Return a target for our time as a part of that of each of `bounds`."""
    figure = named or ("our time" if ours == OURS else ours)
    return [
        Target(about, f"{figure} / {name}", bound, case, partial(ratio_in, ours, name), peers=(ours, name))
        for name, bound in bounds.items()
    ]


def ratio_in(ours: str, theirs: str, case: str, results: Results) -> Measured:
    """Return our seconds as a part of theirs, or why there is no such figure."""
    result = results.by_name.get(case)
    if result is None:
        return None
    for name in (theirs, ours):
        if name not in result["seconds"]:
            return f"left out: {result['missing'][name]}" if name in result.get("missing", {}) else None
        if name in result.get("not_counted", {}):
            return f"not counted: {result['not_counted'][name]}"
    return ratio(result["seconds"][ours], result["seconds"][theirs])


def ratio_to_fastest(case: str, results: Results) -> Measured:
    """Return our seconds as a part of those of PyTorch's fastest form."""
    result = results.by_name.get(case)
    if result is None:
        return None
    forms = [name for name in result["seconds"] if name.startswith(PYTORCH) and name not in result["not_counted"]]
    if not forms:
        return "not counted: no form of PyTorch ends where ours does"
    fastest = min(forms, key=lambda name: statistics.median(result["seconds"][name]))
    return ratio(result["seconds"][OURS], result["seconds"][fastest])


def geometric_mean(section: str, results: Results) -> Measured:
    """Return the geometric mean of the median ratios to PyTorch in a section."""
    ratios = _ratios(results.of(section))
    return math.exp(statistics.fmean(map(math.log, ratios.values()))) if ratios else None


def worst(section: str, results: Results) -> Measured:
    """Return the largest median ratio to PyTorch in a section."""
    ratios = _ratios(results.of(section))
    if not ratios:
        return None
    name = max(ratios, key=lambda name: ratios[name])
    return Worst(ratios[name], name, len(ratios))


def _ratios(results: dict[str, Result]) -> dict[str, float]:
    counted = {name: each["seconds"] for name, each in results.items() if PYTORCH not in each["not_counted"]}
    return {
        name: ratio(seconds[OURS], seconds[PYTORCH]).median for name, seconds in counted.items() if PYTORCH in seconds
    }


def median(name: str, scale: float, case: str, results: Results) -> Measured:
    """Return the median of some seconds, times `scale`."""
    result = results.by_name.get(case)
    return None if result is None else scale * statistics.median(result["seconds"][name])


def more(case: str, results: Results) -> Measured:
    """Return the milliseconds that the second of two takes more than the first."""
    result = results.by_name.get(case)
    if result is None:
        return None
    without, many = (result["seconds"][which] for which in ("without", "with"))
    return 1000 * statistics.median(b - a for a, b in zip(without, many, strict=True))


def megabytes(case: str, results: Results) -> Measured:
    """Return the megabytes of a result."""
    result = results.by_name.get(case)
    return None if result is None else float(result["megabytes"])
