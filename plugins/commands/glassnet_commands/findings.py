"""What a training says at its end about why it did not learn: at most three findings of the doctor."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_commands.echoed import echo

_MOST = 3


def first_findings(network: gn.Network, data: gn.Dataset, loss: gn.Loss) -> list[dict[str, Any]]:
    """Return the most certain findings as JSON holds them; none if the plugin doctor is switched off."""
    diagnose = getattr(network, "diagnose", None)
    if diagnose is None:
        return []
    found: list[dict[str, Any]] = diagnose(data.train, loss=loss, validation=data.test).as_plain()
    return found[:_MOST]


def print_findings(result: dict[str, Any]) -> None:
    """Print a line for each finding."""
    findings = result.get("findings") or ()
    for label, each in zip(["findings", *[""] * len(findings)], findings, strict=False):
        echo(f"{label:9} {each['rule']}: {each['problem']} ({each['where']}); {each['remedy']}")
    if findings:
        echo(f"{'':9} see glassnet doctor {result['run']}")
