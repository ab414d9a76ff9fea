"""``glassnet explain``: every number of one training step."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from glassnet_commands.completed import names, runs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("dataset", required=False, shell_complete=names("dataset"))
@click.option("--sample", "samples", multiple=True, metavar="N", help="A sample, or a range such as 0:4. By default 0.")
@click.option("--split", type=click.Choice(["train", "test", "validation"]), default="train", help="Where it is from.")
@click.option("--loss", metavar="SPEC", shell_complete=names("loss"), help="The loss, instead of that of the run.")
@click.option("--optimizer", metavar="SPEC", shell_complete=names("optimizer"), help="The optimizer, likewise.")
@click.option("--regularizer", metavar="SPEC", shell_complete=names("regularizer"), help="The penalty, likewise.")
@click.option(
    "--save", "files", multiple=True, type=click.Path(path_type=Path), help="Write a .html, .md or .json file."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    run_or_model: Path,
    dataset: str | None,
    samples: tuple[str, ...],
    split: str,
    loss: str | None,
    optimizer: str | None,
    regularizer: str | None,
    files: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Show the arithmetic of a training step, forward, backward and update.

    RUN_OR_MODEL is the folder of a run, or a model file. The step is the next one of the run, on the samples that you
    choose. DATASET is by default that of its training.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_commands.explained_run import explain_run
    from glassnet_explanations.page.saving import check_page_ending
    from glassnet_explanations.page.terminal import show

    for file in files:
        check_page_ending(file)
    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        given = {"loss": loss, "optimizer": optimizer, "regularizer": regularizer}
        explanation = explain_run(run_or_model, dataset, split, samples or ("0",), given)
        for file in files:
            explanation.save(file)
    if as_json:
        click.echo(json_text(explanation.to_dict()))
    elif files:
        for file in files:
            echo(f"wrote {file}")
    else:
        show(explanation.to_markdown())
