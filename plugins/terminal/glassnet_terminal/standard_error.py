"""Standard error as a place for remarks: a training continues when it cannot be written."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import IO, Any, cast

# No stream, a closed one, and one of a program that has only half of one: AttributeError, ValueError.
_FAILURES = (OSError, AttributeError, ValueError)


class _Forgiving:
    """A stream that drops text that it cannot write: behind a closed pipe, on a full disk, or without a stream.

    Everything but writing is that of the stream itself.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(*_FAILURES):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(*_FAILURES):
            self._stream.flush()

    def isatty(self) -> bool:
        return is_terminal(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def standard_error() -> IO[str]:
    """Return the standard error of this moment as a stream whose `write` never fails.

    Programs without a console have none: there ``sys.stderr`` is None.
    """
    stream: Any = sys.stderr
    return cast("IO[str]", stream if isinstance(stream, _Forgiving) else _Forgiving(stream))


def is_terminal(stream: Any) -> bool:
    """Return whether a stream is a terminal; None, a closed stream and half a stream are not."""
    try:
        return bool(stream.isatty())
    except _FAILURES:
        return False


def drop_output(stream: Any) -> None:
    """Send what a stream cannot write to nowhere: Python would try to write it once more when it exits."""
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (AttributeError, ValueError):  # Python leaves such a stream alone
        return
