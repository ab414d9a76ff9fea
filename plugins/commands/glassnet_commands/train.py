"""``glassnet train``: train a network from the command line, and record the run in a folder."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from pathlib import Path
from typing import Any

import click

import glassnet as gn
from glassnet.command_line import INTERRUPTED
from glassnet.spec import split
from glassnet_commands.figures import figure_text


def _specs(ctx: click.Context, parameter: click.Parameter, text: str | None) -> list[str] | None:
    return split(text) if text is not None else None


@click.command()
@click.argument("what", required=False)
@click.option("--resume", metavar="DIR", type=click.Path(path_type=Path), help="Continue the run in this folder.")
@click.option(
    "--layers", metavar="SPECS", callback=_specs, help='The network: "flatten dense(128) relu dense(10) softmax".'
)
@click.option("--loss", metavar="SPEC", help="What to minimise: categorical_crossentropy.")
@click.option("--optimizer", metavar="SPEC", help='How to step: "adam(lr=0.001)".')
@click.option("--epochs", metavar="N", type=int, help="Passes over the training data.")
@click.option("--batch-size", metavar="N", type=int, help="Samples a step.")
@click.option("--seed", metavar="N", type=int, help="Where all random numbers come from.")
@click.option("--validation", metavar="FRACTION", type=float, help="Part of the training data to hold out: 0.1.")
@click.option("--metrics", metavar="SPECS", callback=_specs, help='Figures to report besides the loss: "accuracy".')
@click.option("--callbacks", metavar="SPECS", callback=_specs, help='What takes part: "early_stopping(patience=2)".')
@click.option("--schedule", metavar="SPEC", help="Step size over the run: cosine.")
@click.option("--regularizer", metavar="SPEC", help='Penalty on all weights: "l2(1e-4)".')
@click.option("--dtype", metavar="NAME", help="Precision: float32 or float64.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Folder of the run. [runs/<dataset>-<n>]")
@click.option("--no-plots", is_flag=True, help="Draw no pictures.")
@click.option("--profile", is_flag=True, help="Show where the time goes, by layer, when the training is over.")
@click.option("--quiet", is_flag=True, help="Show the result alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def train(
    what: str | None,
    resume: Path | None,
    out: Path | None,
    no_plots: bool,
    profile: bool,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Train a network.

    WHAT is a dataset, such as mnist or xor, which brings a recipe that works; or an experiment file (.toml). The
    options replace parts of the recipe or of the file. Everything about the run is kept in its folder; training
    again from the experiment.toml in there repeats the run bit for bit.

    Ctrl-C ends the training after the batch at hand, with the history and the weights in the folder. A run that was
    broken off in any way is continued with --resume DIR, to the same bytes as without the break.
    """
    if (what is None) == (resume is None) or (resume is not None and out is not None):
        raise click.UsageError("give a dataset or an experiment file, or --resume DIR alone")
    # Late: to list this command is not to need what trains.
    from glassnet_commands.claimed_folder import claimed_folder
    from glassnet_commands.recorded_training import train_and_test
    from glassnet_commands.requested import requested_experiment

    settings = {name: value for name, value in options.items() if value is not None}
    # Whatever plugins print, standard output holds the result and nothing else.
    with contextlib.redirect_stdout(sys.stderr):
        experiment, data = requested_experiment(what if what is not None else str(resume), settings)
        network = gn.Network(experiment.layers)
        network.build(data.train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
        # Better now than after the training.
        network.feed(data.test, experiment.loss, "test ")
        claimed = claimed_folder(out, experiment.dataset.title()) if resume is None else contextlib.nullcontext(resume)
        with claimed as folder:
            result, pictures = train_and_test(network, experiment, data, folder, profile, quiet, no_plots)
    if as_json:
        click.echo(json.dumps(result))
    elif not result["interrupted"]:
        _print(result, pictures)
    return INTERRUPTED if result["interrupted"] else 0


def _print(result: dict[str, Any], pictures: list[str]) -> None:
    figures = [f"{name} {figure_text(math.nan if value is None else value)}" for name, value in result["test"].items()]
    click.echo(f"test      {'  '.join(figures)}")
    click.echo(f"run       {result['run']}")
    if pictures:
        click.echo(f"pictures  {'  '.join(pictures)}")
