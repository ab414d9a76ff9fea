"""``glassnet check``: whether components keep to what is expected of their kind."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
from packaging.utils import canonicalize_name

from glassnet.errors import UnknownNameError, did_you_mean
from glassnet.registry import Entry, registry

if TYPE_CHECKING:
    from glassnet.testing import Report, Subject


@click.command()
@click.argument("components", nargs=-1, metavar="[KIND:NAME]...")
@click.option("--dist", metavar="NAME", help="Check every component of a distribution: glassnet-swish.")
@click.option("--all", "everything", is_flag=True, help="Check every component that is installed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(components: tuple[str, ...], dist: str | None, everything: bool, as_json: bool) -> int:
    """Check that components keep to what is expected of their kind.

    KIND:NAME is such as activation:relu, or "layer:conv2d(2, 5)" to check it with these options alone. What fails is
    shown with the smallest input found, what was expected and what came out. The exit code is 1 when anything does.
    """
    if sum((bool(components), dist is not None, everything)) != 1:
        raise click.UsageError(
            "give one of three: components such as activation:relu, --dist NAME, or --all"
        )
    # Whatever plugins print, standard output holds the result and nothing else.
    with contextlib.redirect_stdout(sys.stderr):
        subjects = _subjects(components, dist)
    reports = []
    for report in _reports(subjects):
        reports.append(report)
        if not as_json:
            _print(report, alone=len(subjects) == 1)
    if as_json:
        from glassnet.testing import counted

        passed = all(report.passed for report in reports)
        plain = [report.as_plain() for report in reports]
        click.echo(json.dumps({"passed": passed, "counted": counted(reports), "components": plain}, indent=2))
    else:
        _print_end(reports)
    return int(not all(report.passed for report in reports))


def _subjects(components: Sequence[str], dist: str | None) -> list[Subject]:
    from glassnet.testing import subject_from, subject_of

    if components:
        return [subject_of(component) for component in components]
    entries = registry.entries()
    if dist is not None:
        entries = _of_distribution(entries, dist)
    # Names that stand for one component are checked once.
    distinct = {subject.title: subject for subject in map(subject_from, entries)}
    return list(distinct.values())


def _of_distribution(entries: Sequence[Entry], dist: str) -> list[Entry]:
    named = [entry for entry in entries if canonicalize_name(entry.distribution) == canonicalize_name(dist)]
    if not named:
        known = sorted({entry.distribution for entry in entries})
        raise UnknownNameError(
            f"no component comes from a distribution {dist!r}{did_you_mean(dist, known)} "
            f"(those that give some: {', '.join(known)})"
        )
    return named


def _reports(subjects: Sequence[Subject]) -> Iterator[Report]:
    from glassnet.testing import report_on

    for subject in subjects:
        with contextlib.redirect_stdout(sys.stderr):
            report = report_on(subject)
        yield report


def _print(report: Report, alone: bool) -> None:
    """Print a line for each check of a single component; of several, one for each component."""
    if alone:
        width = max(len(outcome.check.name) for outcome in report.outcomes)
        for outcome in report.outcomes:
            _print_line(outcome.is_failure, f"{outcome.check.name:{width}}", outcome.check.reason)
    elif report.passed:
        _print_line(False, report.component, f"{report.checks_run} checks")
    else:
        _print_line(True, report.component, f"{len(report.failures)} of {report.checks_run} checks")


def _print_line(is_failure: bool, what: str, more: str) -> None:
    """Print one line, not longer than a terminal is wide."""
    mark = "FAILED" if is_failure else "ok"
    line = f"{mark:{len('FAILED')}}  {what}  {more}"
    if sys.stdout.isatty() and len(line) > (columns := shutil.get_terminal_size().columns):
        line = line[: columns - 1] + "…"
    colour = "red" if is_failure else "green"
    click.echo(click.style(line[: len("FAILED")], fg=colour, bold=is_failure) + line[len("FAILED") :])


def _print_end(reports: Sequence[Report]) -> None:
    """Print what failed, in full, and how many checks ran."""
    from glassnet.testing import counted

    for report in reports:
        for outcome in report.failures:
            click.echo(f"\n{click.style(report.component, bold=True)}  {outcome.text}")
    click.echo()
    title = reports[0].component if len(reports) == 1 else f"{len(reports)} components"
    click.echo(f"{title}: {counted(reports)}")
