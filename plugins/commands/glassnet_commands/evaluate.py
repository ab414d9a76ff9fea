"""``glassnet evaluate``: how good a trained network is on a dataset."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glassnet.registry.spec import split_specs
from glassnet_commands.completed import runs, specs
from glassnet_commands.echoed import echo
from glassnet_commands.formatting import figure_text, finite_or_none
from glassnet_persistence.json_text import json_text

if TYPE_CHECKING:
    import glassnet as gn
    from glassnet_commands.saved_run import Saved


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("dataset", required=False, shell_complete=specs("dataset"))
@click.option("--loss", metavar="SPEC", shell_complete=specs("loss"), help="The loss, instead of that of the training.")
@click.option(
    "--metrics",
    metavar="SPECS",
    shell_complete=specs("metric"),
    help="The other figures, instead of those of the training.",
)
@click.option("--query", metavar="SQL", help="What to read of a database. [that of the training]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    run_or_model: Path, dataset: str | None, loss: str | None, metrics: str | None, query: str | None, as_json: bool
) -> None:
    """Print the loss and the metrics of a network on test data.

    RUN_OR_MODEL is the folder of a run, or a model file. For a run, DATASET is by default that of its training, of
    which the test rows count. DATASET may be a table with the columns of the training, in any order: then all of its
    rows count, transformed as in the training. It may also be a folder with a folder of images for each class.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_commands.saved_run import open_saved
    from glassnet_commands.table_record import units_of
    from glassnet_distributed import distributed
    from glassnet_tables.sample_files import rows_of_all

    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        saved = open_saved(run_or_model)
        named, test = test_data(saved, dataset, query)
        figures_of = None if metrics is None else split_specs(metrics)
        measured = distributed.evaluate(saved.network, test, loss=loss, metrics=figures_of)
    if as_json:
        figures = finite_or_none(measured)
        result: dict[str, Any] = {
            "model": str(run_or_model),
            "dataset": named,
            "samples": rows_of_all(test),
            "test": figures,
        }
        # A figure may be called like one of the words above.
        result = {**figures, **result}
        click.echo(json_text(result))
        return
    units = units_of(saved.network.preprocessing)
    width = max(map(len, ("samples", *measured)))
    echo(f"{'dataset':{width}}  {named}")
    echo(f"{'samples':{width}}  {rows_of_all(test):,}")
    if units:
        echo(f"{'units':{width}}  {units}")
    for name, value in measured.items():
        for line in f"{name:{width}}  {figure_text(value)}".split("\n"):  # a matrix has several
            echo(line)


def test_data(saved: Saved, dataset: str | None, query: str | None) -> tuple[str, gn.Split]:
    """Return what to call the data to test on, and the data."""
    from glassnet_commands.given_dataset import given_dataset
    from glassnet_commands.image_folders import labelled_images
    from glassnet_commands.table_predictions import rows_of
    from glassnet_distributed.mpi_communicator import communicator

    if dataset is not None and (images := labelled_images(saved.network, dataset)) is not None:
        return images
    source = given_dataset(dataset, **_of_training(saved, dataset, query)) if dataset is not None else saved.dataset
    split = rows_of(saved.network, source, dataset is not None, communicator())
    if split is not None:
        return repr(source), split
    data = source.load()
    saved.check_classes(data, source)
    return repr(source), data.test


def _of_training(saved: Saved, dataset: str, query: str | None) -> dict[str, str]:
    """Return the target of the training, and how a table is written, for a file with one."""
    from glassnet_commands.table_predictions import how_written
    from glassnet_tables.preprocessing import TablePreprocessing

    made = saved.network.preprocessing
    target = getattr(made, "target", None)
    if target is None or not os.path.isfile(dataset):
        return {}
    written = how_written(saved, Path(dataset), query, None) if isinstance(made, TablePreprocessing) else {}
    return {"target": target.name, **written}
