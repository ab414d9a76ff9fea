"""What the laboratory tells: printed as lines, in notebooks as HTML, and as plain values for programs."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_lab.notebook import POINTS

_RUN = "run"


class Told:
    """Something that is told in lines."""

    def lines(self) -> list[str]:
        """Return it line by line."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.lines())


@attrs.frozen
class OpenExercise(Told):
    """The exercise at hand; it does not give its fault away.

    Attributes
    ----------
    number, recipe
        Its number, and the name of the training.
    folder
        That of the laboratory.
    """

    number: int
    recipe: str
    folder: Path

    @property
    def run(self) -> Path:
        """The folder of the run, for all that reads runs."""
        return self.folder / _RUN

    @property
    def network(self) -> gn.Network:
        """The network as it was trained, read from the run."""
        from glassnet_commands.saved_run import open_saved

        return open_saved(self.run).network

    @property
    def data(self) -> gn.Dataset:
        """The data, ``data.train`` and ``data.test``; the fault may be in them."""
        from glassnet_lab.components.lab_data import LabData

        return LabData(self.number).load()

    def diagnose(self) -> Any:
        """Return what the doctor finds, as ``glassnet doctor`` does."""
        from glassnet_commands.examined_run import examined_run

        return examined_run(self.run)

    def lines(self) -> list[str]:
        """Return what there is to look at."""
        return [f"exercise {self.number}: a training of {self.recipe} is in {self.run}, and one thing is wrong"]

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"number": self.number, "recipe": self.recipe, "run": str(self.run)}


@attrs.frozen
class Hint(Told):
    """Where to look."""

    text: str

    def lines(self) -> list[str]:
        """Return the hint."""
        return [self.text]


@attrs.frozen
class Answer(Told):
    """Whether an answer is right, and what is wrong in the training.

    Attributes
    ----------
    name
        What was answered; None if the fault was told.
    is_right
        Whether it is the fault, or one of its rules; None if the fault was told.
    points
        Those of the exercise; None if it goes on.
    fault, explanation, rules
        The fault, what it does, and the rules of the doctor that name it; empty if the exercise goes on.
    """

    name: str | None
    is_right: bool | None
    points: int | None = None
    fault: str = ""
    explanation: str = ""
    rules: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return the answer to the answer."""
        if self.is_right is False:
            return [f"no, it is not {self.name}"]
        told = [f"{self.fault}: {self.explanation}", f"rule of the doctor: {', '.join(self.rules)}"]
        return told if self.is_right is None else [*told, f"right: {self.points} point{'s'[: self.points != 1]}"]

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {**attrs.asdict(self), "rules": list(self.rules)}


@attrs.frozen
class Score(Told):
    """The points of the exercises that are over.

    Attributes
    ----------
    exercises
        For each: ``number``, ``points``, ``solved``, ``fault`` and ``recipe``.
    """

    exercises: list[dict[str, Any]]

    @property
    def points(self) -> int:
        """The sum of all points."""
        return sum(each["points"] for each in self.exercises)

    @property
    def solved(self) -> int:
        """The number of faults that were found."""
        return sum(each["solved"] for each in self.exercises)

    def lines(self) -> list[str]:
        """Return a line for each exercise, and the sum."""
        told = [f"{each['points']} of {POINTS}  {each['fault']} in {each['recipe']}" for each in self.exercises]
        return [*told, self._sum()]

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        sums = {"points": self.points, "solved": self.solved, "most_points_each": POINTS}
        return {**sums, "exercises": self.exercises}

    def _sum(self) -> str:
        return f"{self.points} points; {self.solved} of {len(self.exercises)} faults found"

    def _repr_html_(self) -> str:
        heads = "".join(f"<th>{head}</th>" for head in ("fault", "recipe", "found", "points"))
        cells = [
            (each["fault"], each["recipe"], "yes" if each["solved"] else "no", f"{each['points']} of {POINTS}")
            for each in self.exercises
        ]
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
        return f"<table><caption>{escape(self._sum())}</caption><tr>{heads}</tr>{rows}</table>"
