"""What a rule has found, and several findings as text, a table or plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import attrs

Number = float | int | str


@attrs.frozen
class Finding:
    """One reason why a network does not learn as it could.

    Attributes
    ----------
    rule
        The name of the rule.
    certainty
        How sure the rule is, 0..1.
    problem
        What is wrong, in one sentence.
    evidence
        The numbers that show it, by name.
    remedy
        What to do, with the line or the command that does it.
    where
        The layer, the data or the option that it is about.
    reference
        The paper or the book that describes the problem.
    """

    rule: str
    certainty: float
    problem: str
    evidence: Mapping[str, Number]
    remedy: str
    where: str
    reference: str = ""

    def as_plain(self) -> dict[str, Any]:
        """Return the attributes as JSON holds them."""
        return {**attrs.asdict(self), "certainty": round(self.certainty, 3), "evidence": dict(self.evidence)}

    def __str__(self) -> str:
        numbers = ", ".join(f"{name.replace('_', ' ')} {number_text(value)}" for name, value in self.evidence.items())
        return (
            f"{self.rule} ({self.certainty:.0%}), {self.where}: {self.problem}\n"
            f"    evidence  {numbers}\n"
            f"    remedy    {self.remedy}"
        )


class Findings(list[Finding]):
    """Findings, the most certain one first. Printed, each has its evidence and its remedy; notebooks show a table."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        super().__init__(sorted(findings, key=lambda each: -each.certainty))

    def as_plain(self) -> list[dict[str, Any]]:
        """Return the findings as JSON holds them."""
        return [each.as_plain() for each in self]

    def __str__(self) -> str:
        return "\n".join(map(str, self)) if self else "no findings"

    def _repr_html_(self) -> str:
        if not self:
            return "<p>no findings</p>"
        heads = ("rule", "certainty", "where", "problem", "evidence", "remedy")
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(each))}</tr>" for each in self)
        return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{rows}</table>"


def _cells(finding: Finding) -> tuple[str, ...]:
    numbers = ", ".join(f"{name} {number_text(value)}" for name, value in finding.evidence.items())
    return finding.rule, f"{finding.certainty:.0%}", finding.where, finding.problem, numbers, finding.remedy


def number_text(value: Number) -> str:
    """Return a number with four digits, and text as it is."""
    return value if isinstance(value, str) else f"{value:.4g}"
