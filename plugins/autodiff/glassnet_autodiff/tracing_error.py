"""How a trace fails: with the line of the author's code, and with the component whose code it is."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any

import numpy as np

from glassnet.errors import TracingError

_NUMPY = str(Path(np.__file__).parent)
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")
_TAPE = str(Path(__file__).parent)


def authors_line() -> str:
    """Return file and line of the innermost call that is neither of NumPy, Python nor the tape."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not _is_authors(frame):
        frame = frame.f_back
    return "" if frame is None else f"{frame.f_code.co_filename}, line {frame.f_lineno}"


def _is_authors(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    of_python = file.startswith(_STANDARD_LIBRARY) and "-packages" not in file  # site-packages is a part of that folder
    return not (of_python or file.startswith((_NUMPY, _TAPE)))


def untraceable(problem: str, line: str | None = None) -> TracingError:
    """Return the error for an operation that the tape does not follow."""
    return TracingError(f"{problem} ({line or authors_line()})")


def failed(error: Exception) -> TracingError:
    """Return the error for code that runs with arrays and fails with traced or read-only ones."""
    if refusal := next((one for one in _causes(error) if isinstance(one, TracingError)), None):
        return refusal  # NumPy raises an error of its own from it
    lines = [f"{f.f_code.co_filename}, line {n}" for f, n in walk_tb(error.__traceback__) if _is_authors(f)]
    if isinstance(error, ValueError) and "read-only" in str(error):
        return untraceable("the code writes into an array that it is given; write to a copy: x.copy()", *lines[-1:])
    told = f"the code fails on traced arrays with {type(error).__name__}: {error}"
    return untraceable(f"{told}; use NumPy functions of which the tape knows the derivative", *lines[-1:])


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@contextmanager
def named(component: Any) -> Iterator[None]:
    """Put the name of a component, or a title, behind the message of a trace that fails.

    Raises
    ------
    TracingError
        For any exception: code that runs with arrays and fails with traced ones does what the tape does not follow.
    """
    try:
        yield
    except TracingError as error:
        raise TracingError(f"{error}; in {_title(component)}") from error.__cause__
    except Exception as error:
        raise TracingError(f"{failed(error)}; in {_title(component)}") from error


def _title(component: Any) -> str:
    return component if isinstance(component, str) else f"{component.kind} '{component!r}'"
