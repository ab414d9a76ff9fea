"""``glassnet explain``: every number of one training step."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassnet_commands.completed import runs, specs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text

if TYPE_CHECKING:
    from glassnet_commands.explained_views import Asked, View


@click.command()
@click.argument("run_or_model", required=False, type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("dataset", required=False, shell_complete=specs("dataset"))
@click.option("--sample", "samples", multiple=True, metavar="N", help="A sample, or a range such as 0:4. [0]")
@click.option(
    "--split",
    metavar="NAME",
    type=click.Choice(["train", "test", "validation"]),
    default="train",
    help="Where it is from: train, test or validation. [train]",
)
@click.option("--weight", metavar="NAME", help="Follow one weight: 1.weights[3,7].")
@click.option("--element", metavar="NAME", help="Unfold one element: 1.y[0,3], d1.weights[3,7].")
@click.option("--levels", type=click.IntRange(1), metavar="N", help="With --element: the levels to unfold. [all]")
@click.option("--output", type=int, metavar="N", help="Follow one output back to the inputs.")
@click.option("--against", type=click.Path(path_type=Path), help="Compare with your numbers: a CSV file.")
@click.option(
    "--step", type=click.IntRange(0), metavar="N", help="The step after N steps, on its own batch. [the next]"
)
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change a weight: 1.weights[3,7]=0.5.")
@click.option("--loss", metavar="SPEC", shell_complete=specs("loss"), help="The loss, instead of that of the run.")
@click.option("--optimizer", metavar="SPEC", shell_complete=specs("optimizer"), help="The optimizer, likewise.")
@click.option("--regularizer", metavar="SPEC", shell_complete=specs("regularizer"), help="The penalty, likewise.")
@click.option(
    "--save",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write a .html, .md or .json; with --weight, .svg and .png too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    run_or_model: Path | None,
    dataset: str | None,
    samples: tuple[str, ...],
    split: str,
    weight: str | None,
    element: str | None,
    levels: int | None,
    output: int | None,
    against: Path | None,
    step: int | None,
    changes: tuple[str, ...],
    loss: str | None,
    optimizer: str | None,
    regularizer: str | None,
    files: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Show the arithmetic of a training step.

    RUN_OR_MODEL is the folder of a run, or a model file. The step is the next one of the run, on the samples that you
    choose: forward, the loss, backward, and the terms of each change. DATASET is by default that of the training; a run
    that was started from Python needs it. For a run on a table it may be another table with these columns, of which all
    rows count.

    With --against, exit code 1 says that a number differs. Without a run, the lines "set NAME,VALUE" of the file
    describe the step: layers, x[0,0], target[0,0], loss, optimizer, and weights.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_commands.command_line import ANSWER_IS_NO
    from glassnet_commands.explained_views import Asked
    from glassnet_explanations.page.saving import check_page_ending, save_page
    from glassnet_explanations.page.terminal import show

    for file in files:
        check_page_ending(file)
    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        given = {"loss": loss, "optimizer": optimizer, "regularizer": regularizer}
        asked = Asked(run_or_model, dataset, split, samples, given, changes, step)
        view = _view(asked, weight, (element, levels), output, against)
        for file in files:
            save_page(view.page, view.content, file)
    if as_json:
        click.echo(json_text(view.content()))
    elif files:
        for file in files:
            echo(f"wrote {file}")
    else:
        show(view.page)
    return 0 if view.is_right else ANSWER_IS_NO


def _view(
    asked: Asked, weight: str | None, element: tuple[str | None, int | None], output: int | None, against: Path | None
) -> View:
    """Return what is asked for.

    Raises
    ------
    click.UsageError
        If options do not go together.
    """
    from glassnet_commands import explained_views as views
    from glassnet_commands.repeated_run import is_of_script

    name, levels = element
    if sum(each is not None for each in (weight, name, output, against)) > 1:
        raise click.UsageError("give one of --weight, --element, --output and --against")
    if asked.step is not None and (asked.samples or output is not None):
        raise click.UsageError("--step N shows the batch of that step; leave out --sample and --output")
    if asked.step is not None and asked.dataset is not None and not is_of_script(asked.run):
        raise click.UsageError("--step N shows the batch of that step, and the run names its data; leave out DATASET")
    if levels is not None and name is None:
        raise click.UsageError("--levels goes with --element")
    if weight is not None:
        return views.view_of_weight(asked, weight)
    if name is not None:
        return views.view_of_element(asked, name, levels)
    if output is not None:
        return views.view_of_output(asked, output)
    return views.view_of_step(asked) if against is None else views.view_of_comparison(asked, against)
