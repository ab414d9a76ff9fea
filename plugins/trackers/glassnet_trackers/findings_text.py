"""What the doctor finds, as text in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def findings_text(findings: Iterable[Mapping[str, Any]]) -> str:
    """Return a line for each finding, as ``summary.json`` has them."""
    lines = [f"- **{each['rule']}** ({each['where']}): {each['problem']}; {each['remedy']}" for each in findings]
    return "\n".join(lines) or "The doctor finds nothing."
