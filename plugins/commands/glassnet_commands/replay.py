"""``glassnet replay``: the step in which a training arrived at NaN or infinity, repeated and explained."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

import glassnet as gn
from glassnet_commands.completed import runs
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text


@click.command()
@click.argument("run", type=click.Path(path_type=Path), shell_complete=runs())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def replay(run: Path, as_json: bool) -> None:
    """Repeat the step in which a training diverged, and explain it.

    RUN is the folder of a run that arrived at NaN or infinity. Each operation of the step is listed with the largest
    number that it gives, to the first that is not finite.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_commands.saved_run import open_saved
    from glassnet_doctor.flight.explanation import Explanation
    from glassnet_doctor.flight.fault_file import FaultyStep
    from glassnet_doctor.flight.replay import replayed
    from glassnet_persistence.experiment import load_experiment
    from glassnet_persistence.run_files import EXPERIMENT, FAULT

    with contextlib.redirect_stdout(sys.stderr):
        if not (run / FAULT).is_file():
            raise gn.FileError(f"{run} has no {FAULT}; give the folder of a run that diverged, or see glassnet doctor")
        network = open_saved(run).network
        experiment = gn.Experiment(**load_experiment(run / EXPERIMENT))
        fault = FaultyStep.load(run / FAULT)
        told = Explanation.of(fault, replayed(network, experiment.loss, experiment.regularizer, fault))
    if as_json:
        click.echo(json_text({"run": str(run), **told.as_plain()}))
        return
    for line in told.lines():
        echo(line)
