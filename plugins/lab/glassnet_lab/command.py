"""``glassnet lab``: trainings with a hidden fault, to practise finding it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click
import numpy as np

import glassnet as gn
from glassnet_commands.command_line import ANSWER_IS_NO
from glassnet_commands.completed import names_in
from glassnet_commands.echoed import echo
from glassnet_lab.plugin import LAB_FILE
from glassnet_persistence.json_text import json_text

_RUN = "run"


@click.group()
def lab() -> None:
    """Practise finding faults: trainings that go wrong, for a reason to be found."""


def _faults() -> list[str]:
    from glassnet_lab.catalogue import FAULTS

    return [*FAULTS]


@lab.command(short_help="Hide a fault.")
@click.option(
    "--fault", metavar="NAME", shell_complete=names_in(_faults), help="Hide this fault, instead of one that is drawn."
)
@click.option("--seed", metavar="N", type=int, help="Draw with this seed.")
def start(fault: str | None, seed: int | None) -> None:
    """Hide a fault in a training.

    The training is in the folder lab, or in the current one if that is a laboratory. Search with the other commands,
    such as glassnet evaluate run and glassnet doctor run, and in Python.
    """
    from glassnet_lab.exercise import Exercise
    from glassnet_lab.notebook import Notebook

    folder = Path() if Path(LAB_FILE).is_file() else Path("lab")
    exists = (folder / LAB_FILE).is_file()
    if not exists and folder.is_dir() and any(folder.iterdir()):
        raise gn.FileError(f"the folder {folder} is not a laboratory and is not empty; go elsewhere, or rename it")
    notebook = Notebook.read(folder) if exists else Notebook()
    if notebook.number is not None:
        raise gn.OptionError("an exercise is open; close it with glassnet lab answer")
    exercise = Exercise.drawn(np.random.default_rng(seed), fault)
    folder.mkdir(exist_ok=True)
    _train(exercise.number, folder / _RUN)
    notebook.number = exercise.number
    notebook.write(folder)
    enter = "" if folder == Path() else f"cd {folder}, then "
    echo(f"exercise {exercise.number}: a training of {exercise.recipe} is in {folder / _RUN}, and one thing is wrong")
    echo(f"{enter}look with glassnet evaluate run, glassnet predict run, net.trace, gn.check_gradients")
    echo("glassnet lab hint helps, glassnet lab answer NAME checks an answer; glassnet lab faults lists the names")


def _train(number: int, run: Path) -> None:
    """Train an exercise, recorded in a folder."""
    from glassnet_lab.components.lab_data import LabData
    from glassnet_lab.components.table import register_components
    from glassnet_lab.exercise import Exercise
    from glassnet_persistence.run_files import EXPERIMENT

    register_components()
    if run.exists():
        shutil.rmtree(run)  # that of an exercise that was answered
    setup = Exercise.of_number(number).setup()
    network = setup.build()
    experiment = gn.Experiment(layers=setup.layers, dataset=LabData(number), seed=setup.seed, **setup.options)
    setup.fit(network, folder=run)
    experiment.save(run / EXPERIMENT)


@lab.command(short_help="Tell where to look.")
def hint() -> None:
    """Tell where to look; each hint costs a point."""
    from glassnet_lab.notebook import Notebook

    notebook = Notebook.read(Path())
    fault = notebook.exercise().fault
    hints = (f"The fault is in the {fault.part}.", fault.hint)
    echo(hints[min(notebook.hints, 1)])
    notebook.hints = min(notebook.hints + 1, 2)
    notebook.write(Path())


@lab.command(short_help="Check an answer.")
@click.argument("name", required=False, shell_complete=names_in(_faults))
def answer(name: str | None) -> int:
    """Check an answer, or tell it.

    NAME is a fault or a rule of the doctor. Without it, the exercise ends, and the fault is explained.
    """
    from glassnet_lab.catalogue import FAULTS
    from glassnet_lab.notebook import Notebook

    notebook = Notebook.read(Path())
    fault = notebook.exercise().fault
    if name is not None and name not in (
        known := {*FAULTS, *(rule for each in FAULTS.values() for rule in each.rules)}
    ):
        raise gn.OptionError(f"no fault {name!r}{gn.did_you_mean(name, known)}; see glassnet lab faults")
    is_right = name is None or name == fault.name or name in fault.rules
    if not is_right:
        notebook.wrong += 1
        notebook.write(Path())
        echo(f"no, it is not {name}")
        return ANSWER_IS_NO
    points = notebook.close(solved=name is not None)
    notebook.write(Path())
    echo(f"{fault.name}: {fault.answer}")
    echo(f"rule of the doctor: {', '.join(fault.rules)}")
    if name is not None:
        echo(f"right: {points} point{'s'[: points != 1]}")
    return 0


@lab.command(short_help="List the faults.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def faults(as_json: bool) -> None:
    """List the names of all faults."""
    from glassnet_lab.catalogue import FAULTS

    listed = sorted(FAULTS.values(), key=lambda each: (each.part, each.name))
    if as_json:
        told = [{"name": each.name, "part": each.part, "rules": list(each.rules)} for each in listed]
        click.echo(json_text({"faults": told}))
        return
    for each in listed:
        echo(f"{each.part:9} {each.name}")


@lab.command(short_help="Show the points.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def score(as_json: bool) -> None:
    """Show the points of the exercises in this laboratory."""
    from glassnet_lab.notebook import POINTS, Notebook

    answered = Notebook.read(Path()).answered
    told = [_answered(each) for each in answered]
    points, solved = sum(each["points"] for each in answered), sum(each["solved"] for each in answered)
    if as_json:
        click.echo(json_text({"points": points, "solved": solved, "most_points_each": POINTS, "exercises": told}))
        return
    for each in told:
        echo(f"{each['points']} of {POINTS}  {each['fault']} in {each['recipe']}")
    echo(f"{points} points; {solved} of {len(answered)} faults found")


def _answered(noted: dict[str, Any]) -> dict[str, Any]:
    from glassnet_lab.exercise import Exercise

    exercise = Exercise.of_number(noted["number"])
    return {**noted, "fault": exercise.fault.name, "recipe": exercise.recipe}
