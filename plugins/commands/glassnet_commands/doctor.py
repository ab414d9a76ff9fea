"""``glassnet doctor``: why the network of a run does not learn."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassnet_commands.completed import runs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text

if TYPE_CHECKING:
    from glassnet_doctor.finding import Findings


@click.command()
@click.argument("run", type=click.Path(path_type=Path), shell_complete=runs())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(run: Path, as_json: bool) -> int:
    """Say what is wrong with a training, and what to do.

    RUN is the folder of a run. Each finding has its evidence in numbers, its certainty and a remedy. The exit code is 1
    if there is a finding, and 0 if there is none.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_commands.command_line import ANSWER_IS_NO
    from glassnet_commands.examined_run import examined_run

    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        findings = examined_run(run)
    if as_json:
        click.echo(json_text({"run": str(run), "findings": findings.as_plain()}))
    else:
        _print(findings)
    return ANSWER_IS_NO if findings else 0


def _print(findings: Findings) -> None:
    for line in str(findings).split("\n"):
        echo(line)
