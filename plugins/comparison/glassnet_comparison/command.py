"""``glassnet compare`` and ``glassnet verify``: runs side by side, and whether a run can be repeated."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from glassnet_commands.completed import runs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text


@click.command()
@click.argument("run", nargs=-1, required=True, type=click.Path(path_type=Path), shell_complete=runs())
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write a page with tables and curves.")
@click.option("--no-repeat", is_flag=True, help="Train nothing again to find where runs part that should be equal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare(run: tuple[Path, ...], html: Path | None, no_repeat: bool, as_json: bool) -> int:
    """Show how runs differ: settings, data, versions, results.

    RUN is the folder of a run; give two or more. Runs with the same settings and data should be equal: if they are
    not, both are trained again, and the first step and layer in which they part is named. The exit code is then 1.
    """
    # Late: to list this command is not to need what trains.
    from glassnet_commands.command_line import ANSWER_IS_NO
    from glassnet_comparison.compare import compare as compared

    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        found = compared(*run, repeat=not no_repeat)
        if html is not None:
            found.save(html)
    if as_json:
        click.echo(json_text(found.as_plain()))
    else:
        for line in str(found).split("\n"):
            echo(line)
    return ANSWER_IS_NO if any(each.is_equal is False for each in found.pairs) else 0


@click.command()
@click.argument("run", type=click.Path(path_type=Path), shell_complete=runs())
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write a page of what was compared.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(run: Path, html: Path | None, as_json: bool) -> int:
    """Train a run again, and say whether it comes out the same.

    RUN is the folder of a run, which stays as it is. Model and history have to have the same bytes; else the first
    difference is named, and the exit code is 1.
    """
    from glassnet_commands.command_line import ANSWER_IS_NO
    from glassnet_comparison.verify import verify as verified

    with contextlib.redirect_stdout(sys.stderr):
        found = verified(run)
        if html is not None:
            found.save(html)
    if as_json:
        click.echo(json_text(found.as_plain()))
    else:
        for line in found.lines():
            echo(line)
    return 0 if found else ANSWER_IS_NO
