"""``glassnet predict``: what a network answers for the rows of tables, for images and arrays."""

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
    import glassnet as gn
    from glassnet_commands.saved_run import Saved


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="Write the predictions for a table to a CSV file."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def predict(run_or_model: Path, files: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Print what a network answers for the rows of tables, for images and arrays.

    RUN_OR_MODEL is the folder of a run, or a model file. For a network that was trained on a table, a FILE is a table
    with the same columns, in any order. For one that was trained on a folder of images, a FILE is an image of any size,
    or a folder of them. Else a FILE is an image of the size that the network takes, or a .npy array with one sample or
    several. Classes come with their probabilities, and numbers are in the units of the target.
    """
    # Late: to list this command is not to need NumPy.
    from glassnet_commands.saved_run import open_saved
    from glassnet_commands.table_predictions import is_table_for

    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        saved = open_saved(run_or_model)
        is_table = bool([each for each in files if is_table_for(saved.network, each)])
    if is_table:
        _predict_rows(saved.network, files, out, as_json)
    elif out is not None:
        raise click.UsageError("--out is for predictions of the rows of a table; the network was not trained on one")
    else:
        _predict_samples(saved, files, as_json)


def _predict_rows(network: gn.Network, files: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    from glassnet_commands import table_predictions as tables
    from glassnet_distributed.launcher import launched_rank

    with contextlib.redirect_stdout(sys.stderr):
        answers = [tables.answers_for_table(network, file) for file in files]
    for part in answers:
        tables.print_notes(part.notes, part.file)
    table = tables.table_of(network)
    if out is not None and launched_rank() == 0:
        tables.write_answers(answers, table.classes, out)
    if as_json:
        click.echo(json_text(tables.as_plain(answers, table.classes)))
    elif out is not None:
        echo(f"{sum(len(part.predictions) for part in answers):,} predictions are in {out}")
    else:
        for part in answers:
            tables.print_table_answers(part, table.target.format.unit)


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
