"""``glassnet plot``: one plot of a run, as a picture, an animation or a page."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_commands.completed import runs, specs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text


@click.command()
@click.argument("kind", required=False, shell_complete=specs("plot"))
@click.argument("run", required=False, type=click.Path(path_type=Path), shell_complete=runs(kind="dataset"))
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A .png, .svg or .pdf; or .gif and .html, which are animated. [KIND.png in the run's folder]",
)
@click.option("--repeat", is_flag=True, help="Train a run without a recording again, from its seed, to record it.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers behind the plot as one JSON object.")
def plot(kind: str | None, run: Path | None, out: Path | None, repeat: bool, as_json: bool) -> None:
    """Draw a training or its network.

    KIND is a plot, with options if you like: "loss_landscape(points=31)". Without KIND, the plots are listed. RUN is
    the folder of a run; or a dataset or an experiment file, whose network is then untrained.

    Some plots need what glassnet train … --record keeps. For a run without it, --repeat makes it.
    """
    if kind is None:
        _list()
        return
    if Path(kind).exists():
        raise click.UsageError(f"the plot comes first: glassnet plot curves {kind}; glassnet plot lists all plots")
    if run is None:
        raise click.UsageError(f"give the folder of a run, or a dataset: glassnet plot {kind} runs/mnist-1")
    # Late: to list this command is not to need what it opens.
    from glassnet_plots.files import check_ending
    from glassnet_plots.plotted import plot as drawing_of

    made = gn.create("plot", kind)
    file = check_ending(out) if out is not None else _default_file(run, made.title())
    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        drawing = drawing_of(made, run, repeat=repeat)
        if out is not None or not as_json:
            drawing.save(file)
    if as_json:
        click.echo(json_text({"plot": repr(made), "run": str(run), "numbers": drawing.as_plain()}))
    else:
        echo(f"wrote {file}")


def _default_file(run: Path, name: str) -> Path:
    return run / f"{name}.png" if run.is_dir() else Path(f"{name}.png")


def _list() -> None:
    """Print each plot with the first sentence of its description."""
    found = [(name, registry.resolve("plot", name)) for name in registry.names("plot")]
    width = max(len(name) for name, _ in found)
    for name, made in found:
        echo(f"{name:{width}}  {(made.__doc__ or '').strip().splitlines()[0]}")
