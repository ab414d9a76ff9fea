"""``glassnet predict``: what a network answers for the rows of tables, for images and arrays."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassnet_commands.completed import runs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text

if TYPE_CHECKING:
    from glassnet_commands.saved_run import Saved
    from glassnet_commands.table_predictions import TableAnswers


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="Write the predictions for a table to a CSV file."
)
@click.option("--query", metavar="SQL", help="What to read of a database. [that of the training]")
@click.option("--header", type=click.Choice(["yes", "no"]), help="Whether the first line of a table has names.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def predict(
    run_or_model: Path,
    files: tuple[Path, ...],
    out: Path | None,
    query: str | None,
    header: str | None,
    as_json: bool,
) -> None:
    """Print what a network answers for the rows of tables, for images and arrays.

    RUN_OR_MODEL is the folder of a run, or a model file. For a network that was trained on a table, a FILE is a table
    with the same columns, in any order. A large one is read in pieces. For one that was trained on a folder of images,
    a FILE is an image of any size, or a folder of them. Else a FILE is an image of the size that the network takes, or
    a .npy array with one sample or several. Classes come with their probabilities, and numbers are in the units of the
    target.
    """
    # Late: to list this command is not to need NumPy.
    from glassnet_commands.saved_run import open_saved
    from glassnet_commands.table_predictions import is_table_for

    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        saved = open_saved(run_or_model)
        is_table = bool([each for each in files if is_table_for(saved.network, each)])
    if is_table:
        _predict_rows(saved, files, out, as_json, query, header)
        return
    for option, value in (("--out", out), ("--query", query), ("--header", header)):
        if value is not None:
            raise click.UsageError(f"{option} is for the rows of a table; the network was not trained on one")
    _predict_samples(saved, files, as_json)


def _predict_rows(
    saved: Saved, files: tuple[Path, ...], out: Path | None, as_json: bool, query: str | None, header: str | None
) -> None:
    from glassnet_commands import table_predictions as tables
    from glassnet_commands.written_answers import CsvAnswers, JsonAnswers
    from glassnet_distributed.launcher import launched_rank

    out = out if launched_rank() == 0 else None
    table = tables.table_of(saved.network)
    # The first piece of each file comes before all output: it shows whether the columns are there.
    answers = [_with_first(tables.answers_for_table(saved, file, query, header)) for file in files]
    ids = list(dict.fromkeys(name for first, _ in answers for name in first.ids))
    count, notes = 0, []
    with contextlib.ExitStack() as stack:
        csv = stack.enter_context(CsvAnswers(out, ids, table.classes)) if out is not None else None
        json = stack.enter_context(JsonAnswers(table.classes)) if as_json else None
        for file, (_, parts) in zip(files, answers, strict=True):
            told = []
            for part in parts:
                count += len(part.predictions)
                told += part.notes
                for result in (csv, json):
                    if result is not None:
                        result.append(part)
                if csv is None and json is None:
                    tables.print_table_answers(part, table.target.format.unit)
            notes += tables.print_notes(told, file)
        if json is not None:
            json.print(sys.stdout, notes)
    if out is not None and not as_json:
        echo(f"{count:,} predictions are in {out}")


def _with_first(parts: Iterator[TableAnswers]) -> tuple[TableAnswers, Iterator[TableAnswers]]:
    parts = _with_prints_aside(parts)
    first = next(parts)
    return first, itertools.chain([first], parts)


def _with_prints_aside(parts: Iterator[TableAnswers]) -> Iterator[TableAnswers]:
    """Yield the same; standard output holds the result alone, and prints of plugins go to standard error."""
    while True:
        with contextlib.redirect_stdout(sys.stderr):
            part = next(parts, None)
        if part is None:
            return
        yield part


def _predict_samples(saved: Saved, files: tuple[Path, ...], as_json: bool) -> None:
    from glassnet_commands.classification import class_names
    from glassnet_commands.image_folders import single_files
    from glassnet_commands.predictions import answers_for, as_plain, print_answers

    with contextlib.redirect_stdout(sys.stderr):
        answers = answers_for(saved, single_files(saved.network, files))
    classes = class_names(saved.classes, max(2, saved.network.output_shape[-1]))
    if as_json:
        click.echo(json_text({"predictions": [as_plain(answer, classes) for answer in answers]}))
    else:
        print_answers(answers, classes)
