"""The journal of a sweep: a file to which every process that takes part adds lines.

The first line describes the sweep. Then there is a line for each trial that begins, and one for each that ends. A
process that is killed while it writes leaves a part of a line, which is skipped.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_files.file_lock import LockedError, lock, open_to_lock
from glassnet_persistence.file_schema import Schema, entry, structured
from glassnet_persistence.json_text import json_text
from glassnet_sweeps.trial import STATES, Trial

JOURNAL = "journal.jsonl"
_FORMAT = 1
_ENDED = ("state", "figures", "test", "epochs", "seconds", "reason")
_WAIT = 0.002
_ADVICE = "start a new sweep"


class _Description(Schema):
    """What the first line says of the sweep, beside the network and the data."""

    space: tuple[dict[str, Any], ...] = entry()
    strategy: str = entry()
    trials: int = entry(ge=1)
    epochs: int = entry(ge=1)
    seed: int = entry(ge=0)
    monitor: str = entry()
    sign: int = entry(choices=(1, -1))


class _Outcome(Schema):
    """What a line says of a trial that has ended; null in figures was NaN or infinity."""

    state: str = entry(choices=STATES)
    figures: dict[str, float | None] | None = entry(None)
    test: dict[str, float | None] | None = entry(None)
    epochs: int = entry(0, ge=0)
    seconds: float = entry(0.0, ge=0)
    reason: str = entry("")


@attrs.frozen
class Journal:
    """The journal in the folder of a sweep."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / JOURNAL

    def begin(self, description: dict[str, Any]) -> None:
        """Write the first line."""
        self._append({"format": _FORMAT, **description})

    def extended(self, trials: int) -> None:
        """Note that the sweep is to have another number of trials."""
        self._append({"wanted": trials})

    def started(self, trial: Trial) -> None:
        """Note that a trial begins."""
        self._append({"trial": trial.number, "settings": trial.settings})

    def ended(self, trial: Trial) -> None:
        """Note what came of a trial."""
        self._append({"trial": trial.number, **{name: getattr(trial, name) for name in _ENDED}})

    def description(self) -> dict[str, Any]:
        """Return the first line, with the number of trials that was asked for last.

        Raises
        ------
        FileError
            If the folder does not hold a sweep, one of a newer glassnet, or a damaged one.
        """
        lines = list(self._lines())
        first = lines[0] if lines else {}
        if "format" not in first:
            raise gn.FileError(f"{self.folder} does not hold a sweep: its {JOURNAL} says nothing; start a new one")
        if first["format"] != _FORMAT:
            raise gn.FileError(
                f"{self.path} has format {first['format']!r}, and this glassnet reads {_FORMAT}; upgrade glassnet"
            )
        place = f"the first line of {self.path}"
        described = structured(_Description, first, place, gn.FileError, _ADVICE)
        wanted = [each["wanted"] for each in lines if type(each.get("wanted")) is int]
        return {**first, "trials": wanted[-1] if wanted else described.trials}

    def trials(self) -> list[Trial]:
        """Return the trials so far, by number.

        Raises
        ------
        FileError
            If a line is damaged, that of a trial is missing, or trials have settings of other names.
        """
        found: dict[int, Trial] = {}
        for line in self._lines():
            number = line.get("trial")
            if type(number) is not int or number < 0:  # True is an int too
                continue
            if isinstance(line.get("settings"), dict):
                found.setdefault(number, Trial(number, line["settings"]))
            elif number in found and "state" in line:
                told = structured(_Outcome, line, f"{self.path}, trial {number},", gn.FileError, _ADVICE)
                rest: dict[str, Any] = {name: getattr(told, name) for name in _ENDED}
                rest |= {name: _numbers(rest[name]) for name in ("figures", "test")}
                found[number] = attrs.evolve(found[number], **rest)
        for number in range(len(found)):  # the next one begins when the line of the one before is written
            if number not in found:
                raise gn.FileError(f"{self.path} is damaged: it does not say how trial {number} began; {_ADVICE}")
            if other := found[number].settings.keys() ^ found[0].settings.keys():
                raise gn.FileError(
                    f"{self.path} is damaged: of the trials 0 and {number}, "
                    f"one alone has {sorted(other)[0]!r}; {_ADVICE}"
                )
        return [found[number] for number in sorted(found)]

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            text = gn.read_whole(self.path).decode(errors="replace")
        except FileNotFoundError:
            raise gn.FileError(
                f"{self.folder} does not hold a sweep: it has no {JOURNAL}; give the folder of a sweep"
            ) from None
        except OSError as error:
            raise gn.FileError(f"cannot read {self.path}: {error.strerror or error}; {_ADVICE}") from None
        for line in text.splitlines():
            try:
                content = json.loads(line)
            except (ValueError, RecursionError):  # a part of a line, or nothing that was written here
                continue
            if isinstance(content, dict):
                yield content

    def _append(self, content: dict[str, Any]) -> None:
        with open_to_lock(self.path, "a+b") as file:
            _wait_for(file)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            is_torn = size > 0 and file.read(1) != b"\n"
            file.write(b"\n" * is_torn + json_text(content).encode() + b"\n")
            os.fsync(file.fileno())


def _wait_for(file: Any) -> None:
    """Lock a file that others lock for moments."""
    while True:
        try:
            lock(file)
        except LockedError:
            time.sleep(_WAIT)
        else:
            return


def _numbers(figures: Any) -> dict[str, float]:
    """Return figures as they were before JSON: null was NaN or infinity."""
    return {name: float("nan") if value is None else value for name, value in (figures or {}).items()}


def has_sweep(folder: Path) -> bool:
    """Tell whether a folder holds a sweep. One that was killed in its first line has no trials, and begins anew."""
    journal = Journal(folder)
    return journal.path.is_file() and any(True for _ in journal._lines())
