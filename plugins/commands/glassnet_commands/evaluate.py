"""``glassnet evaluate``: how good a trained network is on a dataset."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import click

from glassnet.registry.spec import split_specs
from glassnet_commands.completed import names, runs, specs
from glassnet_commands.echoed import echo
from glassnet_commands.formatting import figure_text, finite_or_none
from glassnet_persistence.json_text import json_text


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("dataset", required=False, shell_complete=names("dataset"))
@click.option("--loss", metavar="SPEC", shell_complete=names("loss"), help="The loss, instead of that of the training.")
@click.option(
    "--metrics",
    metavar="SPECS",
    shell_complete=specs("metric"),
    help="The other figures, instead of those of the training.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(run_or_model: Path, dataset: str | None, loss: str | None, metrics: str | None, as_json: bool) -> None:
    """Print the loss and the metrics of a network on test data.

    RUN_OR_MODEL is the folder of a run, or a model file. For a run, DATASET is by default that of its training.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_commands.given_dataset import given_dataset
    from glassnet_commands.saved_run import open_saved

    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        saved = open_saved(run_or_model)
        source = given_dataset(dataset) if dataset is not None else saved.dataset
        data = source.load()
        saved.check_classes(data, source)
        test = data.test
        measured = saved.network.evaluate(test, loss=loss, metrics=None if metrics is None else split_specs(metrics))
    if as_json:
        figures = finite_or_none(measured)
        result: dict[str, Any] = {
            "model": str(run_or_model),
            "dataset": repr(source),
            "samples": len(test),
            "test": figures,
        }
        click.echo(json_text(result))
        return
    width = max(map(len, ("samples", *measured)))
    echo(f"{'dataset':{width}}  {source!r}")
    echo(f"{'samples':{width}}  {len(test):,}")
    for name, value in measured.items():
        for line in f"{name:{width}}  {figure_text(value)}".split("\n"):  # a matrix has several
            echo(line)
