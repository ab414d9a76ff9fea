"""``glassnet runs``: the runs of a folder as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from glassnet.errors import GlassnetError
from glassnet_commands.completed import runs as completed_runs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text

if TYPE_CHECKING:
    from glassnet_runs.run_table import RunTable

_FILE = click.Path(path_type=Path)
_WIDTH_IN_FILES = 500


def _completed_columns(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the columns of the runs in the folder, with a minus in front if there is one."""
    from glassnet_runs.columns import columns_of
    from glassnet_runs.run_table import table_of

    # While an option has no value yet, click leaves arguments among the words that it has not read.
    folder = Path(next(iter(ctx.args), None) or ctx.params.get("folder") or "runs")
    try:
        names = columns_of(table_of(folder, bool(ctx.params.get("epochs"))).rows)
    except GlassnetError:  # the command says what is wrong
        return []
    sign = "-" if incomplete.startswith("-") else ""
    return [CompletionItem(f"{sign}{name}") for name in names if f"{sign}{name}".startswith(incomplete)]


@click.command()
@click.argument("folder", default="runs", type=click.Path(path_type=Path), shell_complete=completed_runs())
@click.option(
    "--where",
    "conditions",
    metavar="CONDITION",
    multiple=True,
    shell_complete=_completed_columns,
    help="Only rows such as 'test_accuracy>0.9', 'dataset=mnist', or 'optimizer~adam' (contains); may be repeated.",
)
@click.option(
    "--sort",
    metavar="COLUMN",
    shell_complete=_completed_columns,
    help="Order by a column; -COLUMN begins with the largest.",
)
@click.option("--columns", metavar="NAMES", help="Show these columns, separated by commas; all for every one.")
@click.option("--epochs", is_flag=True, help="A row for each epoch of each run.")
@click.option("--html", metavar="FILE", type=_FILE, help="Write a page to sort and filter in a browser.")
@click.option("--csv", metavar="FILE", type=_FILE, help="Write all columns as CSV.")
@click.option("--parquet", metavar="FILE", type=_FILE, help="Write all columns as Parquet.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all columns.")
def runs(
    folder: Path,
    conditions: tuple[str, ...],
    sort: str | None,
    columns: str | None,
    epochs: bool,
    html: Path | None,
    csv: Path | None,
    parquet: Path | None,
    as_json: bool,
) -> None:
    """Show the runs of a folder as a table: what each was given, how it went, and its figures.

    FOLDER is by default runs. If it is the folder of one run, there is a row for each of its epochs. Figures have the
    names of history.csv: those of the last epoch, those of the test data with test_ in front.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_runs.page import write_page
    from glassnet_runs.run_table import table_of
    from glassnet_runs.table_files import write_csv, write_parquet

    table = table_of(folder, epochs)
    for problem in table.problems:
        echo(f"warning: {problem}", err=True)
    empty = not table.rows
    table = table.selected(conditions, sort)
    for write, path in ((write_page, html), (write_csv, csv), (write_parquet, parquet)):
        if path is not None:
            write(table, path)
            echo(f"{path}: {len(table.rows):,} {table.kind}", err=as_json)
    if as_json:
        click.echo(json_text({table.kind: table.rows}))
    elif not any((html, csv, parquet)):
        if empty:
            echo(f"there are no {table.kind} in {folder}")
        else:
            _print(table, columns)


def _print(table: RunTable, columns: str | None) -> None:
    from rich.console import Console

    from glassnet_runs.columns import columns_of, shown_columns
    from glassnet_runs.conditions import check_column
    from glassnet_runs.terminal_table import terminal_table
    from glassnet_terminal.printed import SafeConsole, print_fitted

    if not table.rows:
        echo(f"none of the {table.kind} fulfils the conditions")
        return
    names = shown_columns(table.rows)
    if columns is not None:
        names = columns_of(table.rows) if columns == "all" else [name.strip() for name in columns.split(",")]
    for name in names:
        check_column(name, table.rows)
    width = None if Console().is_terminal else _WIDTH_IN_FILES
    print_fitted(SafeConsole(width=width, highlight=False), terminal_table(table.rows, names))
