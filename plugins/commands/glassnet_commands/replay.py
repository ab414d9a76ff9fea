"""``glassnet replay``: a step of a recorded training, taken once more and explained."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from glassnet_commands.completed import runs, specs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text


@click.command()
@click.argument("run", type=click.Path(path_type=Path), shell_complete=runs())
@click.argument("dataset", required=False, shell_complete=specs("dataset"))
@click.option("--step", type=click.IntRange(0), metavar="N", help="The step after N steps. [the one that diverged]")
@click.option(
    "--save", type=click.Path(path_type=Path), metavar="FILE", help="With --step: write a .html, .md or .json."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def replay(run: Path, dataset: str | None, step: int | None, save: Path | None, as_json: bool) -> None:
    """Take a step of a recorded training once more, and explain it.

    RUN is the folder of a run. With --step N it is trained again up to that step, and every number of the step is
    shown, as by glassnet explain RUN --step N; gn.replay(RUN, N) gives the network and the batch in Python. Without
    --step it is the step in which the run arrived at NaN or infinity. Each operation is listed with the largest number
    that it gives, to the first that is not finite. DATASET is for --step, and a run that was started from Python.
    """
    if step is None and save is not None:
        raise click.UsageError(f"--save goes with --step N; the page of the step that diverged is {run}/fault.html")
    if step is None and dataset is not None:
        raise click.UsageError("only --step N takes a DATASET; leave it out")
    if step is None:
        _tell_fault(run, as_json)
        return
    # Late: to list this command is not to need what it opens.
    from glassnet_commands.explained_views import Asked, view_of_step
    from glassnet_explanations.page.saving import check_page_ending, save_page
    from glassnet_explanations.page.terminal import show

    if save is not None:
        check_page_ending(save)
    with contextlib.redirect_stdout(sys.stderr):
        nothing = {"loss": None, "optimizer": None, "regularizer": None}
        view = view_of_step(Asked(run, dataset, "train", (), nothing, step=step))
        if save is not None:
            save_page(view.page, view.content, save)
    if as_json:
        click.echo(json_text(view.content()))
    elif save is not None:
        echo(f"wrote {save}")
    else:
        show(view.page)


def _tell_fault(run: Path, as_json: bool) -> None:
    """Print the step in which a run diverged."""
    from glassnet_doctor.flight.explain import explain_fault

    with contextlib.redirect_stdout(sys.stderr):
        told = explain_fault(run)
    if as_json:
        click.echo(json_text({"run": str(run), **told.as_plain()}))
        return
    for line in told.lines():
        echo(line)
