"""``glassnet lab``: trainings with a hidden fault, to practise finding it."""

from __future__ import annotations

from pathlib import Path

import click

from glassnet_commands.command_line import ANSWER_IS_NO
from glassnet_commands.completed import names_in
from glassnet_commands.echoed import echo
from glassnet_persistence.json_text import json_text


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
    from glassnet_lab import lab as laboratory

    exercise = laboratory.start(fault=fault, seed=seed)
    echo(str(exercise))
    enter = "" if exercise.folder == Path() else f"cd {exercise.folder}, then "
    echo(f"{enter}look with glassnet evaluate run, glassnet predict run, net.trace, gn.check_gradients")
    echo("glassnet lab hint helps, glassnet lab answer NAME checks an answer; glassnet lab faults lists the names")


@lab.command(short_help="Tell where to look.")
def hint() -> None:
    """Tell where to look; each hint costs a point."""
    from glassnet_lab import lab as laboratory

    echo(str(laboratory.hint()))


@lab.command(short_help="Check an answer.")
@click.argument("name", required=False, shell_complete=names_in(_faults))
def answer(name: str | None) -> int:
    """Check an answer, or tell it.

    NAME is a fault or a rule of the doctor. Without it, the exercise ends, and the fault is explained.
    """
    from glassnet_lab import lab as laboratory

    told = laboratory.answer(name)
    for line in told.lines():
        echo(line)
    return ANSWER_IS_NO if told.is_right is False else 0


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
    from glassnet_lab import lab as laboratory

    told = laboratory.score()
    if as_json:
        click.echo(json_text(told.as_plain()))
        return
    for line in told.lines():
        echo(line)
