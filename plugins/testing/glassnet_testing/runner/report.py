"""What came of checking a component."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glassnet.errors import GlassnetError
from glassnet_testing.runner.check import Check, Failure

PASSED = "passed"
FAILED = "failed"
EXPECTED = "failed as expected"
UNEXPECTED = "passed against expectation"
SKIPPED = "skipped"
RESULTS = (PASSED, FAILED, EXPECTED, UNEXPECTED, SKIPPED)


class ConformanceError(GlassnetError, AssertionError):
    """A component that does not keep to what is expected of its kind; the message is the report."""

    def __str__(self) -> str:
        """Return the whole report: it has many lines."""
        return self.message()


@dataclass(frozen=True)
class Outcome:
    """What came of one check.

    Attributes
    ----------
    result
        One of the constants of this module.
    failure
        What was found, if anything.
    excuse
        The reason given for expecting a failure, or for skipping the check.
    """

    check: Check
    result: str
    failure: Failure | None = None
    excuse: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether the component is not to pass with this."""
        return self.result in (FAILED, UNEXPECTED) or (self.result in (EXPECTED, SKIPPED) and not self.excuse.strip())

    @property
    def text(self) -> str:
        """The outcome in full: name, reason, and what was found."""
        told = [f"{self.result.upper()}  {self.check.name}", f"  {self.check.reason}"]
        if self.result in (EXPECTED, SKIPPED, UNEXPECTED):
            told.append(f"  because   {self.excuse.strip() or 'no reason is given, which is a failure: give one'}")
        if self.result == UNEXPECTED:
            told.append("  hint      it holds now: take it out of expected_failures")
        if self.failure is not None and self.result == FAILED:
            told.append(textwrap.indent(str(self.failure), "  "))
        return "\n".join(told)

    def as_plain(self) -> dict[str, Any]:
        """Return the outcome as JSON holds it."""
        found = self.failure
        return {
            "check": self.check.name,
            "reason": self.check.reason,
            "result": self.result,
            "excuse": self.excuse or None,
            "input": found.input if found else None,
            "expected": found.expected if found else None,
            "got": found.got if found else None,
            "hint": found.hint if found else None,
        }


@dataclass(frozen=True)
class Report:
    """What came of checking one component."""

    component: str
    outcomes: tuple[Outcome, ...]

    @property
    def checks_run(self) -> int:
        """Number of checks that ran, with any result."""
        return sum(outcome.result != SKIPPED for outcome in self.outcomes)

    @property
    def failures(self) -> list[Outcome]:
        """The outcomes with which the component does not pass."""
        return [outcome for outcome in self.outcomes if outcome.is_failure]

    @property
    def passed(self) -> bool:
        """Whether at least one check ran, and nothing failed that should not."""
        return self.checks_run > 0 and not self.failures

    def of(self, result: str) -> list[Outcome]:
        """Return the outcomes with one result."""
        return [outcome for outcome in self.outcomes if outcome.result == result]

    @property
    def summary(self) -> str:
        """One line: how many checks ran, and what came of them."""
        return f"{self.component}: {counted([self])}"

    def __str__(self) -> str:
        """Return the summary, and below it the checks that did not simply pass."""
        told = [outcome.text for outcome in self.outcomes if outcome.result != PASSED]
        return "\n\n".join([*told, self.summary])

    def as_plain(self) -> dict[str, Any]:
        """Return the report as JSON holds it."""
        return {
            "component": self.component,
            "passed": self.passed,
            "checks_run": self.checks_run,
            "checks": [outcome.as_plain() for outcome in self.outcomes],
        }

    def raise_for_failures(self) -> None:
        """Raise the report as a `ConformanceError` if the component does not pass."""
        if not self.passed:
            raise ConformanceError(str(self))


def counted(reports: Sequence[Report]) -> str:
    """Return how many checks ran and what came of them, such as ``32 checks run: 31 passed, 1 failed``."""
    run = sum(report.checks_run for report in reports)
    counts = {result: sum(len(report.of(result)) for report in reports) for result in RESULTS}
    listed = ", ".join(f"{count} {result}" for result, count in counts.items() if count)
    nothing = "" if run else ", which is a failure"
    return f"{run:,} check{'' if run == 1 else 's'} run{nothing}{f': {listed}' if listed else ''}"
