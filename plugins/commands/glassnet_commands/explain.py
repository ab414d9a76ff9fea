"""``glassnet explain``: every number of one training step."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassnet_commands.completed import names, runs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text

if TYPE_CHECKING:
    from glassnet_commands.explained_views import Asked, View


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("dataset", required=False, shell_complete=names("dataset"))
@click.option("--sample", "samples", multiple=True, metavar="N", help="A sample, or a range such as 0:4. [0]")
@click.option(
    "--split", type=click.Choice(["train", "test", "validation"]), default="train", help="Where it is from. [train]"
)
@click.option("--weight", metavar="NAME", help="Follow one weight: 1.weights[3,7].")
@click.option("--output", type=int, metavar="N", help="Follow one output back to the inputs.")
@click.option("--against", type=click.Path(path_type=Path), help="Compare with your numbers: a CSV file.")
@click.option("--loss", metavar="SPEC", shell_complete=names("loss"), help="The loss, instead of that of the run.")
@click.option("--optimizer", metavar="SPEC", shell_complete=names("optimizer"), help="The optimizer, likewise.")
@click.option("--regularizer", metavar="SPEC", shell_complete=names("regularizer"), help="The penalty, likewise.")
@click.option("--save", "files", multiple=True, type=click.Path(path_type=Path), help="Write a .html, .md or .json.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    run_or_model: Path,
    dataset: str | None,
    samples: tuple[str, ...],
    split: str,
    weight: str | None,
    output: int | None,
    against: Path | None,
    loss: str | None,
    optimizer: str | None,
    regularizer: str | None,
    files: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Show the arithmetic of a training step.

    RUN_OR_MODEL is the folder of a run, or a model file. The step is the next one of the run, on the samples that you
    choose: forward, the loss, backward, and the terms of each change. DATASET is by default that of the training.

    With --against, exit code 1 says that a number differs.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_commands.command_line import ANSWER_IS_NO
    from glassnet_commands.explained_views import Asked
    from glassnet_explanations.page.markdown import to_markdown
    from glassnet_explanations.page.saving import check_page_ending, save_page
    from glassnet_explanations.page.terminal import show

    for file in files:
        check_page_ending(file)
    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        given = {"loss": loss, "optimizer": optimizer, "regularizer": regularizer}
        view = _view(Asked(run_or_model, dataset, split, samples or ("0",), given), weight, output, against)
        for file in files:
            save_page(view.page, view.content, file)
    if as_json:
        click.echo(json_text(view.content()))
    elif files:
        for file in files:
            echo(f"wrote {file}")
    else:
        show(to_markdown(view.page))
    return 0 if view.is_right else ANSWER_IS_NO


def _view(asked: Asked, weight: str | None, output: int | None, against: Path | None) -> View:
    """Return what is asked for.

    Raises
    ------
    click.UsageError
        If more than one of them is asked for.
    """
    from glassnet_commands.explained_views import view_of_comparison, view_of_output, view_of_step, view_of_weight

    if sum(each is not None for each in (weight, output, against)) > 1:
        raise click.UsageError("give one of --weight, --output and --against")
    if weight is not None:
        return view_of_weight(asked, weight)
    if output is not None:
        return view_of_output(asked, output)
    return view_of_step(asked) if against is None else view_of_comparison(asked, against)
