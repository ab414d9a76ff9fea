"""A replayed step in words, as text and as a page."""

from __future__ import annotations

from html import escape
from typing import Any

import attrs

from glassnet_doctor.flight.fault_file import FaultyStep
from glassnet_doctor.flight.replay import Operation

_STYLE = "body{font:15px sans-serif;margin:2em;max-width:60em}td,th{padding:.2em .8em;text-align:left}.bad{color:#b00}"


@attrs.frozen
class Explanation:
    """Where a step arrives at a number that is not finite, and what led there.

    Attributes
    ----------
    diverged
        What the error of the training said.
    operations
        Those of the replayed step, to the first that is not finite.
    samples
        The numbers of the batch's samples among the training data, or None.
    """

    diverged: dict[str, Any]
    operations: list[Operation]
    samples: list[int] | None

    @classmethod
    def of(cls, fault: FaultyStep, operations: list[Operation]) -> Explanation:
        """Return what a replayed step tells."""
        return cls(fault.diverged, operations, None if fault.samples is None else fault.samples.tolist())

    @property
    def found(self) -> Operation | None:
        """The first operation that is not finite; None if the step is finite when it is repeated."""
        last = self.operations[-1] if self.operations else None
        return last if last is not None and last.not_finite else None

    def as_plain(self) -> dict[str, Any]:
        """Return all of it as JSON holds it."""
        return {
            "diverged": self.diverged,
            "found": None if self.found is None else attrs.asdict(self.found),
            "operations": [attrs.asdict(each) for each in self.operations],
            "samples": self.samples,
        }

    def lines(self) -> list[str]:
        """Return the explanation as lines of text."""
        told = self.diverged
        lines = [
            f"epoch {told['epoch']}, step {told['step']}: {told['problem']}, in {told['operation']} of {told['layer']}"
        ]
        lines += [f"  {each}" for each in self.operations]
        if self.found is None:
            lines.append("the step itself is finite: the number came with the update or from outside of the layers")
        else:
            lines += self._about(self.found)
        return [*lines, f"likely cause: {told['cause']}"]

    def _about(self, found: Operation) -> list[str]:
        lines = []
        if found.element:
            lines.append(f"first element: {list(found.element)} of the {found.what}")
            if self.samples is not None and found.name == "forward" and found.element[0] < len(self.samples):
                lines.append(f"its sample: number {self.samples[found.element[0]]} of the training data")
        if found.inputs:
            lines.append(f"largest inputs: {', '.join(f'{each:.4g}' for each in found.inputs)}")
        if self.samples is not None:
            shown = ", ".join(map(str, self.samples[:20]))
            lines.append(f"samples of the batch: {shown}{', …' if len(self.samples) > 20 else ''}")
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        about = "".join(f"<p>{escape(line)}</p>" for line in self.lines() if not line.startswith("  "))
        heads = "".join(f"<th>{head}</th>" for head in ("", "where", "what", "largest", "not finite"))
        rows = "".join(
            f"<tr{' class=bad' if each.not_finite else ''}><td>{each.name}</td><td>{escape(each.where)}</td>"
            f"<td>{escape(each.what)}</td><td>{_largest(each)}</td><td>{each.not_finite} of {each.size}</td></tr>"
            for each in self.operations
        )
        return f"{about}<table><tr>{heads}</tr>{rows}</table>"

    def page(self) -> str:
        """Return the explanation as a page that needs no other file."""
        return (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>A training that diverged</title>"
            f"<style>{_STYLE}</style><h1>A training that diverged</h1>{self._repr_html_()}</html>\n"
        )


def _largest(operation: Operation) -> str:
    return f"{operation.largest:.4g}" if operation.not_finite < operation.size else ""
