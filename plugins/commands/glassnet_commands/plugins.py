"""``glassnet plugins``: every component, who ships it, and whether it loads."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import click

from glassnet.errors import AmbiguousComponentError, PluginLoadError
from glassnet.registry.entry_points import Entry
from glassnet.registry.registry import registry
from glassnet_commands.completed import components, kinds
from glassnet_commands.derived_backward import derives_backward
from glassnet_commands.echoed import echo
from glassnet_commands.misplaced import misplaced_entries, why_misplaced
from glassnet_persistence.json_text import json_text

COLUMNS = ("KIND", "NAME", "DIST", "VERSION", "TARGET", "STATUS")
_GAP = 2
_MEANINGS = [
    ("ok", "it can be used"),
    ("broken", "it cannot be used; the cause is shown"),
    ("ambiguous", "two distributions give the name: qualify it as DIST:NAME, or set GLASSNET_PREFER"),
    ("hidden", "GLASSNET_PREFER or this session chooses another component of the name"),
]
_STYLES = {"ok": "green", "hidden": "yellow", "ambiguous": "yellow", "broken": "bold red"}


@dataclass(frozen=True)
class Row:
    """One line of the listing; what is printed of each field but the cause is one word."""

    kind: str
    name: str
    dist: str
    version: str
    target: str
    status: str
    cause: str | None
    derives_backward: bool
    note: str

    @property
    def words(self) -> tuple[str, ...]:
        """The columns as text."""
        return (self.kind, self.name, self.dist, self.version, self.target, self.status)

    @property
    def remark(self) -> str:
        """What there is to say beside the columns."""
        return self.cause or ("backward is derived from forward" if self.derives_backward else self.note)


class _Plugins(click.Command):
    """A command that says what each status means, and lists the kinds."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Status"):
            formatter.write_dl(_MEANINGS)
        with formatter.section("Kinds"):
            formatter.write_text(", ".join(registry.kinds))


@click.command(cls=_Plugins)
@click.argument("kind", required=False, shell_complete=kinds("show"))
@click.argument("component", required=False, metavar="[show KIND:NAME]", shell_complete=components())
@click.option("--check", is_flag=True, help="Exit with 1 when any component is broken.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def plugins(kind: str | None, component: str | None, check: bool, as_json: bool) -> int:
    """List every component, who ships it and whether it loads.

    KIND, such as activation, lists one kind alone. Each component that is listed is imported to see whether
    it can be.

    Where a component's author wrote forward alone, "backward is derived from forward" stands behind it, and
    behind an accelerator whether it is in use.

    What GLASSNET_DISABLE or GLASSNET_AUTOLOAD=0 switches off is not listed.

    "show KIND:NAME" prints one component in full: description, formulas, options, source, distribution.
    """
    if kind == "show" or component is not None:
        return _show(kind, component, as_json)
    entries = registry.entries(registry.kind(kind).name if kind is not None else None)
    # A plugin that prints while it is imported must not end up between the columns.
    with contextlib.redirect_stdout(sys.stderr):
        rows = [_row(entry) for entry in entries]
        rows += [_misplaced(entry) for entry in misplaced_entries()] if kind is None else []
    if as_json:
        click.echo(json_text({"plugins": [vars(row) for row in rows]}, indent=2))
    elif sys.stdout.isatty():
        _print_table(rows)
    else:
        _print_columns(rows)
    return int(check and any(row.status == "broken" for row in rows))


def _show(kind: str | None, component: str | None, as_json: bool) -> int:
    if kind != "show" or component is None:
        raise click.UsageError("write glassnet plugins show KIND:NAME, such as glassnet plugins show activation:relu")
    # Late: the listing needs none of it.
    from glassnet_commands.component_page import described_component, print_component

    with contextlib.redirect_stdout(sys.stderr):
        page = described_component(component)
    if as_json:
        click.echo(json_text(page, indent=2))
    else:
        print_component(page)
    return 0


def _row(entry: Entry) -> Row:
    described = (entry.kind.name, entry.name, entry.distribution, entry.version or "-", entry.target)
    try:
        component = registry.load(entry)
    except PluginLoadError as error:
        return Row(*described, "broken", " ".join(error.cause.split()), derives_backward=False, note="")
    note = component.remark() if hasattr(component, "remark") else ""
    return Row(*described, *_chosen(entry), derives_backward(component), note)


def _misplaced(entry: Entry) -> Row:
    described = (entry.kind.name, entry.name, entry.distribution, entry.version or "-", entry.target)
    return Row(*described, "broken", why_misplaced(entry), derives_backward=False, note="")


def _chosen(entry: Entry) -> tuple[str, str | None]:
    """Return whether an entry that loads can be used by its bare name, and why not."""
    try:
        chosen = registry.find(entry.kind.name, entry.name)
    except AmbiguousComponentError as error:
        return "ambiguous", str(error)
    if chosen.target != entry.target:
        return "hidden", f"the name stands for {chosen.target} from {chosen.distribution}"
    return "ok", None


def _print_columns(rows: list[Row]) -> None:
    """Print for other programs: a line a component, aligned, never cut; the remark comes last."""
    widths = _widths(rows)
    for words, remark in [(COLUMNS, ""), *((row.words, row.remark) for row in rows)]:
        echo(f"{_aligned(words, widths)}  {remark}".rstrip())


def _print_table(rows: list[Row]) -> None:
    """Print for a person. Where the terminal is too narrow for a line, the target goes on one of its own."""
    # Late: to list this command is not to need tables.
    from rich.padding import Padding
    from rich.text import Text

    from glassnet_terminal.printed import SafeConsole

    console = SafeConsole(highlight=False)
    widths = _widths(rows)
    narrow = len(_aligned(COLUMNS, widths)) > console.width
    before_status = COLUMNS.index("TARGET" if narrow else "STATUS")
    styled = [(row.words, "", "dim", _STYLES[row.status]) for row in rows]
    for words, style, target_style, status_style in [(COLUMNS, "bold", "bold", "bold"), *styled]:
        front = _aligned(words[:before_status], widths[:before_status])
        console.print(Text.assemble((front, style), " " * _GAP, (words[-1], status_style)))
        if narrow:
            console.print(Padding(Text(words[-2], target_style), (0, 0, 0, widths[0] + _GAP), expand=False))
    for row in rows:
        if row.remark:
            console.print(Text(f"{row.kind} {row.name} from {row.dist}: {row.remark}", _STYLES[row.status]))
    counts = Counter(row.status for row in rows)
    listed = ", ".join(f"{counts[status]} {status}" for status in _STYLES if counts[status])
    console.print(f"{len(rows)} listed: {listed}" if rows else "none", style="dim")


def _widths(rows: list[Row]) -> list[int]:
    return [max(map(len, column)) for column in zip(COLUMNS, *(row.words for row in rows), strict=True)]


def _aligned(words: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(word.ljust(width) for word, width in zip(words, widths, strict=True))
