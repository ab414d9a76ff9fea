"""Standard error as a place for remarks: one that cannot be written is no reason to end a training."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO, Any, cast


class _Forgiving:
    """A stream that loses what it cannot write: behind a pipe that nobody reads, on a full disk, or without a stream.

    Everything but writing is that of the stream itself.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if self._stream is not None:
            with self._failures_dropped():
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            with self._failures_dropped():
                self._stream.flush()

    def isatty(self) -> bool:
        return is_terminal(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextlib.contextmanager
    def _failures_dropped(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            drop_output(self._stream)
        except (AttributeError, ValueError):  # it is closed, or of a program that has only half a stream
            pass


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
    except (AttributeError, ValueError):
        return False


def drop_output(stream: Any) -> None:
    """Send what a stream cannot write to nowhere: Python would try to write it once more when it exits."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
