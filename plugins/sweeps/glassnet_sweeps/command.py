"""``glassnet sweep``: what a setting does, by trainings that differ in it."""

from __future__ import annotations

import contextlib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import glassnet as gn
from glassnet_commands.command_line import ANSWER_IS_NO
from glassnet_commands.completed import one_of, runs, specs
from glassnet_commands.echoed import echo
from glassnet_commands.formatting import figure_text
from glassnet_commands.table_options import table_options, taken_from
from glassnet_commands.termination import exit_code_of, word_of
from glassnet_commands.training_options import training_options
from glassnet_persistence.json_text import json_text
from glassnet_sweeps.progress import Progress, value_text
from glassnet_sweeps.trial import FINISHED

if TYPE_CHECKING:
    from glassnet_sweeps.course import Course
    from glassnet_sweeps.result import Sweep

SWEEPS = Path("sweeps")
_ROWS = 20


@click.command()
@click.argument(
    "what", required=False, shell_complete=runs(".toml", ".csv", ".tsv", ".parquet", ".xlsx", kind="dataset")
)
@click.option(
    "--vary",
    metavar="NAME=VALUES",
    multiple=True,
    help='A setting and its values, "batch_size=16,64,256", or a range, "lr=1e-4..1e-1:log"; may be given several '
    "times.",
)
@click.option("--trials", metavar="N", type=click.IntRange(1), help="How many trainings. [20, or all of a grid]")
@click.option(
    "--strategy",
    metavar="SPEC",
    shell_complete=specs("strategy"),
    help="What chooses the values: grid, random, sobol, halving, tpe. [grid for lists, random for ranges]",
)
@click.option("--monitor", metavar="NAME", help="The figure to compare by. [val_loss, or loss without validation]")
@click.option(
    "--mode",
    default="auto",
    shell_complete=one_of("auto", "min", "max"),
    metavar="WHAT",
    help="Which way it is better: min or max.",
)
@click.option("--jobs", metavar="N", type=click.IntRange(1), default=1, help="Trainings at a time. [1]")
@click.option(
    "--backend",
    metavar="NAME",
    default="loky",
    shell_complete=one_of("loky", "threading", "dask", "ray"),
    help="What runs several jobs: loky, threading, dask or ray; a cluster by its address, dask:tcp://host:8786. [loky]",
)
@click.option(
    "--resume",
    metavar="DIR",
    type=click.Path(path_type=Path),
    shell_complete=runs(),
    help="Go on with the sweep in this folder; with --trials, for more of them.",
)
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Folder of the sweep. [sweeps/<dataset>-<n>]"
)
@table_options
@training_options
@click.option("--quiet", is_flag=True, help="Show the result alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def sweep(
    what: str | None,
    vary: tuple[str, ...],
    trials: int | None,
    strategy: str | None,
    monitor: str | None,
    mode: str,
    jobs: int,
    backend: str,
    resume: Path | None,
    out: Path | None,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Train a network many times, with other settings each time, and compare.

    WHAT is what glassnet train takes: a dataset, a table or an experiment file. Any option of any component varies by
    its name: lr, batch_size, optimizer.beta1, layers[1].units, dropout.rate, or whole components, "optimizer=adam,sgd".

    Each trial is a run in the folder of the sweep, and sweep.html in there shows them all. A sweep that was broken off
    in any way goes on with --resume DIR.
    """
    of_table = taken_from(options)
    settings = {name: value for name, value in options.items() if value is not None}
    if (what is None) == (resume is None):
        raise click.UsageError("give a dataset or an experiment file with --vary, or --resume DIR")
    given = {"--vary": vary, "--strategy": strategy, "--monitor": monitor, "--out": out} | settings | of_table
    if resume is not None and (wrong := [name for name, value in given.items() if value]):
        raise click.UsageError(f"a sweep is continued with what it was started with: leave out {wrong[0]}")
    if resume is None and not vary:
        raise click.UsageError('say what varies, such as --vary "lr=1e-4..1e-1:log"')
    # Late: to list this command is not to need what trains.
    from glassnet_parallel.backends import backend as backend_of

    chosen = backend_of(backend)
    # Standard output holds the result alone: prints of plugins go to standard error.
    lines = None if quiet else sys.stderr
    with contextlib.redirect_stdout(sys.stderr), contextlib.ExitStack() as stack:
        if resume is not None:
            course = _resumed(resume, trials, stack)
        else:
            course = _begun(str(what), settings, of_table, out, stack, vary, strategy, trials, (monitor, mode))
        try:
            found = course.run(chosen, jobs, Progress(lines))
        except KeyboardInterrupt as stop:
            return _broken_off(stop, course.study.folder)
    if as_json:
        click.echo(json_text(found.as_plain()))
    else:
        _print(found)
    return 0 if found.best is not None else ANSWER_IS_NO


def _resumed(folder: Path, trials: int | None, stack: contextlib.ExitStack) -> Course:
    """Return a sweep that was broken off, with its folder claimed."""
    from glassnet_persistence.folder_claim import claim
    from glassnet_sweeps.course import Course
    from glassnet_sweeps.experiment_task import ExperimentTask

    course = Course.resumed(ExperimentTask(folder.resolve()), trials)
    stack.enter_context(claim(folder))
    return course


def _begun(
    what: str,
    settings: dict[str, Any],
    of_table: dict[str, Any],
    out: Path | None,
    stack: contextlib.ExitStack,
    vary: tuple[str, ...],
    strategy: str | None,
    trials: int | None,
    compared_by: tuple[str | None, str],
) -> Course:
    """Return a new sweep, with its folder claimed and described."""
    from glassnet_commands.experiment_source import requested_experiment
    from glassnet_commands.run_directory import claimed_folder, run_name
    from glassnet_sweeps.course import Course
    from glassnet_sweeps.experiment_task import ExperimentTask, write_base
    from glassnet_sweeps.journal import has_sweep
    from glassnet_sweeps.monitored import monitored
    from glassnet_sweeps.space import space_of

    space = space_of(vary)
    lr = settings.pop("lr", None)
    base, data, _ = requested_experiment(what, settings, of_table, lr)
    is_validated = "validation" in space.names or base.validation is not None or data.validation is not None
    figure = monitored(*compared_by, base.metrics, is_validated)
    if out is not None and has_sweep(out):
        raise gn.FileError(
            f"{out} already holds a sweep; choose another folder, or go on with glassnet sweep --resume "
            f"{shlex.quote(str(out))}"
        )
    claimed = stack.enter_context(claimed_folder(out, run_name(base.dataset), SWEEPS))
    folder = claimed.path.resolve()
    course = Course.begun(ExperimentTask(folder), base, space, strategy, trials, figure)
    write_base(folder, base)
    course.begin()
    return course


def _broken_off(stop: KeyboardInterrupt, folder: Path) -> int:
    resume = f"glassnet sweep --resume {shlex.quote(_shown(folder))}"
    echo(f"{word_of(stop)}; continue with {resume}", err=True)
    return exit_code_of(stop)


def _shown(folder: Path) -> str:
    """Return a folder below the current one as it is typed there, any other one in full."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def _print(found: Sweep) -> None:
    study = found.study
    ranked = study.ranked()
    rest = [each for each in found.trials if each not in ranked]
    shown = [*ranked, *rest][:_ROWS]
    tests = list(dict.fromkeys(name for each in shown for name in each.test))
    named = list(dict.fromkeys(name for each in shown for name in each.settings))
    header = ["trial", *named, study.monitor, *(f"test {name}" for name in tests), "seconds", ""]
    rows = [
        [
            str(each.number),
            *(value_text(each.settings.get(name, "")) for name in named),
            figure_text(each.figure(study.monitor)) if each in ranked else "",
            *(figure_text(each.test[name]) if name in each.test else "" for name in tests),
            f"{each.seconds:.1f}",
            "" if each.state == FINISHED else each.state,
        ]
        for each in shown
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in [header, *rows]:
        echo("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(found.trials) > len(shown):
        echo(f"and {len(found.trials) - len(shown)} more")
    shares = found.importance()
    if shares:
        echo(f"matters   {'  '.join(f'{name} {share:.0%}' for name, share in shares.items())}")
    if found.best is not None:
        folder = _shown(study.folder / found.best.name)
        echo(f"best      {folder}")
    echo(f"page      {_shown(study.folder / 'sweep.html')}")
