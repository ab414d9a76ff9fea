"""``glassnet check``: whether components keep to what is expected of their kind."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from glassnet_commands.completed import components, distributions
from glassnet_persistence.json_text import json_text

if TYPE_CHECKING:
    from glassnet_testing import Outcome, Report, Subject

_OK = "ok"
_FAILED = "FAILED"
_SKIPPED = "skipped"
_COLOURS = {_OK: "green", _FAILED: "red", _SKIPPED: "yellow"}


@click.command()
@click.argument("components", nargs=-1, metavar="[KIND:NAME]...", shell_complete=components())
@click.option(
    "--dist",
    metavar="NAME",
    shell_complete=distributions(),
    help="Check every component of a distribution: glassnet-swish.",
)
@click.option("--all", "everything", is_flag=True, help="Check every component that is installed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1), help="Processes at a time. [the cores; 1 for a few components]"
)
def check(components: tuple[str, ...], dist: str | None, everything: bool, as_json: bool, jobs: int | None) -> int:
    """Check that components keep to what is expected of their kind.

    KIND:NAME is such as activation:relu, or "layer:conv2d(2, 5)" to check it with these options alone. What fails is
    shown with the smallest input found, what was expected and what came out. The exit code is 1 when anything does.
    """
    if sum((bool(components), dist is not None, everything)) != 1:
        raise click.UsageError("give one of three: components such as activation:relu, --dist NAME, or --all")
    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        subjects = _subjects(components, dist)
    reports = []
    for report in _reports(subjects, jobs):
        reports.append(report)
        if not as_json:
            _print(report, alone=len(subjects) == 1)
    if as_json:
        from glassnet_testing import counted

        passed = all(report.passed for report in reports)
        plain = [report.as_plain() for report in reports]
        click.echo(json_text({"passed": passed, "counted": counted(reports), "components": plain}, indent=2))
    else:
        _print_end(reports)
    return int(not all(report.passed for report in reports))


def _subjects(components: Sequence[str], dist: str | None) -> list[Subject]:
    from glassnet_testing import installed, subject_of

    return [subject_of(component) for component in components] if components else installed(dist)


def _reports(subjects: Sequence[Subject], jobs: int | None) -> Iterator[Report]:
    from glassnet_testing import reports_on

    reports = reports_on(subjects, jobs)
    while True:
        with contextlib.redirect_stdout(sys.stderr):
            report = next(reports, None)
        if report is None:
            return
        yield report


def _print(report: Report, alone: bool) -> None:
    """Print a line for each check of a single component; of several, one for each component."""
    if not alone:
        failed = f"{len(report.failures)} of " if report.failures else ""
        skipped = f", {count} skipped" if (count := len(report.of(_SKIPPED))) else ""
        mark = _OK if report.passed else _FAILED
        _print_lines([(mark, report.component, f"{failed}{report.checks_run} checks{skipped}")])
        return
    width = max(len(outcome.check.name) for outcome in report.outcomes)
    _print_lines([(_mark(outcome), f"{outcome.check.name:{width}}", _told(outcome)) for outcome in report.outcomes])


def _mark(outcome: Outcome) -> str:
    if outcome.is_failure:
        return _FAILED
    return _SKIPPED if outcome.result == _SKIPPED else _OK


def _told(outcome: Outcome) -> str:
    return outcome.excuse if outcome.result == _SKIPPED else outcome.check.reason


def _print_lines(lines: Sequence[tuple[str, str, str]]) -> None:
    """Print lines of a mark, what, and more about it: that is left out where a terminal is too narrow."""
    width = max(len(mark) for mark in (_FAILED, *(mark for mark, _, _ in lines)))
    longest = max(width + len(f"  {what}  {more}") for _, what, more in lines)
    fits = not sys.stdout.isatty() or longest <= shutil.get_terminal_size().columns
    for name, what, more in lines:
        mark = click.style(f"{name:{width}}", fg=_COLOURS[name], bold=name == _FAILED)
        click.echo(f"{mark}  {what}  {more}" if fits else f"{mark}  {what}".rstrip())


def _print_end(reports: Sequence[Report]) -> None:
    """Print what failed, in full, and how many checks ran."""
    from glassnet_testing import counted

    for report in reports:
        for outcome in report.failures:
            click.echo(f"\n{click.style(report.component, bold=True)}  {outcome.text}")
    click.echo()
    title = reports[0].component if len(reports) == 1 else f"{len(reports)} components"
    click.echo(f"{title}: {counted(reports)}")
