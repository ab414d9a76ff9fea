"""``glassnet train``: train a network from the command line, and record the run in a folder."""

from __future__ import annotations

import contextlib
import math
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from glassnet.registry.registry import registry
from glassnet_commands.completed import one_of, runs, specs
from glassnet_commands.echoed import echo
from glassnet_commands.findings import print_findings
from glassnet_commands.formatting import figure_text
from glassnet_commands.other_names import OTHER_NAMES
from glassnet_commands.table_options import table_options, taken_from
from glassnet_commands.training_options import training_options
from glassnet_distributed.launcher import launched_rank, launched_ranks
from glassnet_persistence.json_text import json_text


class _Train(click.Command):
    """A command that lists the datasets, and knows what others call its options."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Datasets"):
            formatter.write_text(", ".join(registry.names("dataset")))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in OTHER_NAMES:
                raise
            raise click.UsageError(
                f"no such option {error.option_name!r}: {OTHER_NAMES[error.option_name]}", ctx
            ) from None


@click.command(cls=_Train)
@click.argument(
    "what", required=False, shell_complete=runs(".toml", ".csv", ".tsv", ".parquet", ".xlsx", kind="dataset")
)
@table_options
@click.option(
    "--resume",
    metavar="DIR",
    type=click.Path(path_type=Path),
    shell_complete=runs(),
    help="Continue the run in this folder.",
)
@training_options
@click.option("--folds", metavar="N", type=click.IntRange(2), help="Cross-validate a table first, in N parts.")
@click.option("--jobs", metavar="N", type=click.IntRange(1), help="With --folds: trainings at a time. [1]")
@click.option(
    "--backend",
    metavar="NAME",
    shell_complete=one_of("loky", "threading", "dask", "ray"),
    help="With --folds: what runs several jobs, as in glassnet sweep: loky, dask, ray, dask:tcp://host:8786. [loky]",
)
@click.option(
    "--compression",
    metavar="SPEC",
    shell_complete=specs("compression"),
    help='How gradients travel between processes that mpiexec started: float16, "top_k(0.01)".',
)
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Folder of the run. [runs/<dataset>-<n>]")
@click.option(
    "--allow-changes",
    is_flag=True,
    help="With --resume: continue though data, options, NumPy or BLAS have changed, and record the changes.",
)
@click.option(
    "--allow-outside", is_flag=True, help="Let paths in an experiment file lead out of the folder of the run."
)
@click.option("--dry-run", is_flag=True, help="Check everything, and say what the training will take; write nothing.")
@click.option("--record", is_flag=True, help="Keep what glassnet plot needs, such as snapshots, in bounded size.")
@click.option("--no-plots", is_flag=True, help="Draw no pictures.")
@click.option("--profile", is_flag=True, help="Show where the time goes, by layer, when the training is over.")
@click.option("--quiet", is_flag=True, help="Show the result alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def train(
    what: str | None,
    resume: Path | None,
    lr: float | None,
    folds: int | None,
    jobs: int | None,
    backend: str | None,
    compression: str | None,
    out: Path | None,
    allow_changes: bool,
    allow_outside: bool,
    dry_run: bool,
    record: bool,
    no_plots: bool,
    profile: bool,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Train a network.

    WHAT is a dataset, such as mnist or xor, which brings a recipe that works; or a table with --target (CSV in any
    dialect, Parquet, Excel, JSON lines, SQLite …); or an experiment file (.toml). The options replace parts of the
    recipe or of the file. Everything about the run is kept in its folder; training again from the experiment.toml in
    there repeats the run bit for bit.

    Ctrl-C, SIGTERM or a closed terminal ends the training after the batch at hand, with the history and the weights
    in the folder. A run that was broken off in any way is continued with --resume DIR, to the same bytes as without
    the break.

    Started by mpiexec -n N, N processes share the training, each with batches of the given size.

    A training that arrives at NaN or infinity stops with exit code 1, and says where. The folder keeps the last finite
    model.
    """
    if (what is None) == (resume is None) or (resume is not None and out is not None):
        raise click.UsageError(
            "give a dataset or an experiment file, or --resume DIR alone "
            f"(WHAT is a table, a .toml file or one of {', '.join(registry.names('dataset'))})"
        )
    if allow_changes and resume is None:
        raise click.UsageError("--allow-changes goes with --resume DIR")
    if dry_run and (resume is not None or folds is not None):
        raise click.UsageError("--dry-run checks one new training; leave out --resume and --folds")
    if folds is None and (jobs is not None or backend is not None):
        raise click.UsageError("--jobs and --backend are for the folds of a cross-validation; give --folds N too")
    # Late: to list this command is not to need what trains.
    from glassnet_commands.dry_run import print_dry_run
    from glassnet_commands.folds import Validation
    from glassnet_commands.requested_training import Request, train_as_requested

    of_table = taken_from(options)
    settings = {name: value for name, value in options.items() if value is not None}
    validation = None if folds is None else Validation(folds, jobs or 1, backend or "loky")
    request = Request(
        what=what, resume=resume, out=out, settings=settings, of_table=of_table, lr=lr, folds=validation,
        dry_run=dry_run, record=record, profile=profile, quiet=quiet, no_plots=no_plots, allow_changes=allow_changes,
        allow_outside=allow_outside, distributed=compression or launched_ranks() > 1,
    )  # fmt: skip
    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        ended = train_as_requested(request)
    if launched_rank() > 0:  # it has no result of its own
        return ended.exit_code
    if ended.message:
        echo(ended.message, err=True)
    if as_json:
        click.echo(json_text(ended.result))
    elif ended.exit_code == 0:
        print_dry_run(ended.result) if dry_run else _print(ended.result, ended.pictures)
    else:
        print_findings(ended.result)
    return ended.exit_code


def _print(result: dict[str, Any], pictures: list[str]) -> None:
    for name, told in result.get("folds", {}).items():
        echo(f"folds     {name} {figure_text(told['mean'])} ± {figure_text(told['std'])}")
    figures = [f"{name} {figure_text(math.nan if value is None else value)}" for name, value in result["test"].items()]
    echo(f"test      {'  '.join(figures)}")
    if result.get("units"):
        echo(f"units     {result['units']}")
    echo(f"run       {result['run']}")
    if "columns" in result:
        echo(f"use       glassnet predict {shlex.quote(result['run'])} NEW_ROWS.csv")
    elif "images" in result:
        echo(f"use       glassnet predict {shlex.quote(result['run'])} PHOTO.jpg")
    if pictures:
        echo(f"pictures  {'  '.join(pictures)}")
    print_findings(result)
