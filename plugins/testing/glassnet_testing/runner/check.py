"""A check: one thing that has to hold for every component of a kind, and what is said when it does not."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import MissingExtraError
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.formatting import shown
from glassnet_testing.tools.scratch import scratch


class Failure(Exception):  # noqa: N818 - what a check finds is not an error of the kit
    """What a check has found.

    Attributes
    ----------
    input
        The smallest input that shows it.
    expected, got
        What should have come out of it, and what did.
    hint
        Where to look for the mistake.
    missing_extra
        If all that came out is that a package is not installed: the sentence that says so.
    """

    def __init__(self, input: Any, expected: Any, got: Any, hint: str = "") -> None:
        self.input = shown(input)
        self.expected = shown(expected)
        self.got = shown(got)
        self.missing_extra = str(got) if isinstance(got, MissingExtraError) else ""
        self.hint = hint
        # Text alone, so that it can be sent to another process.
        super().__init__(self.input, self.expected, self.got, hint)

    def __str__(self) -> str:
        """Return four labelled lines; a long text goes on below itself."""
        parts = (("input", self.input), ("expected", self.expected), ("got", self.got), ("hint", self.hint))
        return "\n".join(f"{name:8}  {textwrap.indent(text, ' ' * 10).lstrip()}" for name, text in parts if text)


class NotChecked(Exception):  # noqa: N818 - it is not an error either
    """What keeps a check from asking its question; the report says so."""


# A component that calls sys.exit() is as broken as one that raises.
FAULTS = (Exception, SystemExit)


def raised(input: Any, error: BaseException) -> Failure:
    """Return the failure that an error is where none was to come, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if not frame.filename.startswith(os.path.dirname(__file__))]
    place = (outside or frames)[-1]
    where = f"{os.path.join(*Path(place.filename).parts[-2:])}, line {place.lineno}, in {place.name}"
    return Failure(input, "no error", error, f"it was raised in {where}")


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    name
        What it is called in reports and in ``expected_failures``.
    reason
        What has to hold, in one sentence.
    hint
        Where to look when it does not.
    function
        Raises `Failure`.
    applies
        Tells whether the question makes sense for a component of the kind.
    """

    name: str
    reason: str
    hint: str
    function: Callable[[Subject], None]
    applies: Callable[[Subject], bool]

    def failure(self, subject: Subject) -> Failure | None:
        """Run the check; return what it has found, or None.

        Raises
        ------
        NotChecked
            When it cannot be told, as where a package that the component needs is not installed.
        """
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), subject.registered(), _quiet(subject):
                warnings.simplefilter("ignore")
                self.function(subject)
        except Failure as failure:
            if failure.missing_extra:
                raise NotChecked(failure.missing_extra) from None
            failure.hint = failure.hint or self.hint
            return failure
        except NotChecked:
            raise
        except MissingExtraError as error:
            raise NotChecked(str(error)) from None
        except FAULTS as error:
            return raised(subject.title, error)
        return None

    def is_for(self, subject: Subject) -> bool:
        """Tell whether the check applies; where that cannot be told, it does, and says why."""
        try:
            with subject.registered(), _quiet(subject):
                return self.applies(subject)
        except Exception:
            return True


@contextlib.contextmanager
def _quiet(subject: Subject) -> Iterator[None]:
    """Keep off the screen what callbacks print, and out of the user's folder what they write beside their runs."""
    if subject.kind.name != "callback":
        yield
        return
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.chdir(_folder().name),
    ):
        yield


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return one folder for the process, as a database in it takes seconds to be made; it is gone at the end."""
    return scratch()


def _always(subject: Subject) -> bool:
    return True


def check(*, hint: str, applies: Callable[[Subject], bool] = _always) -> Callable[[Callable[[Subject], None]], Check]:
    """Make a check of a function: its name is the check's, and its docstring the reason."""

    def decorated(function: Callable[[Subject], None]) -> Check:
        assert function.__doc__ is not None
        return Check(function.__name__, function.__doc__, hint, function, applies)

    return decorated
