"""The notebook of a laboratory: the exercise at hand, and those that were answered, in ``lab.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_lab.exercise import Exercise
from glassnet_lab.plugin import LAB_FILE
from glassnet_persistence.file_schema import Schema, entry, read_json, structured
from glassnet_persistence.run_files import write_json

POINTS, COST_OF_A_HINT, COST_OF_A_WRONG_ANSWER = 3, 1, 1
_ADVICE = "remove it to begin anew"


class _Noted(Schema):
    """What ``lab.json`` holds."""

    number: int | None = entry(None, ge=0)
    hints: int = entry(0, ge=0)
    wrong: int = entry(0, ge=0)
    answered: tuple[dict[str, Any], ...] = entry(())


class _Answered(Schema):
    """What it says of an exercise that is over."""

    number: int = entry(ge=0)
    points: int = entry(ge=0, le=POINTS)
    solved: bool = entry()


@attrs.define
class Notebook:
    """What is known of a laboratory.

    Attributes
    ----------
    number
        That of the exercise at hand, or None.
    hints, wrong
        The hints that were given for it, and the wrong answers.
    answered
        For each exercise before: number, points and whether it was solved.
    """

    number: int | None = None
    hints: int = 0
    wrong: int = 0
    answered: list[dict[str, Any]] = attrs.field(factory=list)

    @classmethod
    def read(cls, folder: Path) -> Notebook:
        """Read the notebook of a folder.

        Raises
        ------
        FileError
            If there is none, or it is damaged.
        """
        path = folder / LAB_FILE
        try:
            text = gn.read_whole(path)
        except OSError:
            raise gn.FileError(
                f"there is no laboratory in {folder.resolve()}; make one with glassnet lab start or gn.lab.start()"
            ) from None
        content = read_json(text, str(path), gn.FileError, _ADVICE)
        noted = structured(_Noted, content, str(path), gn.FileError, _ADVICE)
        for each in noted.answered:
            structured(_Answered, each, f"{path}, answered,", gn.FileError, _ADVICE)
        return cls(noted.number, noted.hints, noted.wrong, list(noted.answered))

    def write(self, folder: Path) -> None:
        """Write the notebook into a folder."""
        write_json(folder / LAB_FILE, attrs.asdict(self))

    def exercise(self) -> Exercise:
        """Return the exercise at hand.

        Raises
        ------
        OptionError
            If there is none.
        """
        if self.number is None:
            raise gn.OptionError("no exercise is open; begin one with glassnet lab start or gn.lab.start()")
        return Exercise.of_number(self.number)

    def close(self, *, solved: bool) -> int:
        """Note how the exercise at hand ended, and return its points."""
        lost = COST_OF_A_HINT * self.hints + COST_OF_A_WRONG_ANSWER * self.wrong
        points = max(POINTS - lost, 0) if solved else 0
        self.answered.append({"number": self.number, "points": points, "solved": solved})
        self.number, self.hints, self.wrong = None, 0, 0
        return points
