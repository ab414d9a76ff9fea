"""Processes to be attacked: each is forked from a server that has imported glassnet, so it starts in milliseconds."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from glassnet.errors import GlassnetError

# One BLAS thread, so that the server has no threads when it forks; threads of glassnet's own start in the child.
_VARIABLES = {
    "GLASSNET_ACCELERATORS": "off",
    "GLASSNET_THREADS": "2",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
}
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["glassnet", "tests.attack.targets"])


@dataclass(frozen=True)
class Ending:
    """How a child ended.

    Attributes
    ----------
    how
        ``"done"``, ``"refused"`` with an error of glassnet's, ``"failed"`` with any other error, ``"killed"``, or
        ``"hung"``.
    value
        What the child's function returned.
    message
        The text of the error with its notes; for ``"failed"`` its type and place.
    """

    how: str
    value: Any = None
    message: str = ""


def in_child(
    function: Callable[..., Any], *arguments: Any, kill_after: float | None = None, patience: float = 300.0
) -> Ending:
    """Call a function in a child process.

    Parameters
    ----------
    function, arguments
        What to call: a function of a module.
    kill_after
        Send SIGKILL after this many seconds.
    patience
        A child that takes longer, in seconds, counts as hung. Of a child that waits for a processor, its own seconds
        count: on a busy machine it may wait for minutes.
    """
    ours, theirs = _FORKS.Pipe(duplex=False)
    child = _FORKS.Process(target=_answer, args=(theirs, function, arguments), daemon=True)
    # Without a main module: the child would run ours again, and the script of pytest starts pytest.
    with mock.patch.dict(os.environ, _VARIABLES), mock.patch.dict(sys.modules, __main__=ModuleType("__main__")):
        child.start()
    theirs.close()
    answered = ours.poll(patience if kill_after is None else kill_after)
    while kill_after is None and not answered and _waits_for_a_processor(child.pid, patience):
        answered = ours.poll(1)
    try:
        ending = ours.recv() if answered else Ending("hung" if kill_after is None else "killed")
    except EOFError:
        ending = None  # it died without an answer
    if ending is None or ending.how in ("hung", "killed"):
        child.kill()
    child.join()
    ours.close()
    if ending is not None:
        return ending
    return Ending("killed", message=_signal_name(child.exitcode))


def _waits_for_a_processor(process: int | None, most_seconds: float) -> bool:
    """Tell whether a thread of a process could run, and all of them together had a processor for less than so long."""
    ticks, can_run = 0, False
    for thread in Path(f"/proc/{process}/task").glob("*"):
        with contextlib.suppress(OSError):  # it has just ended
            state, *figures = (thread / "stat").read_text().rpartition(") ")[2].split()
            ticks += int(figures[10]) + int(figures[11])
            can_run |= state == "R"
    return can_run and ticks < most_seconds * os.sysconf("SC_CLK_TCK")


def _answer(pipe: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        ending = Ending("done", function(*arguments))
    except (GlassnetError, KeyboardInterrupt) as error:
        ending = Ending("refused", message="\n".join([str(error), *getattr(error, "__notes__", ())]))
    except BaseException as error:
        ending = Ending("failed", message=described(error))
    pipe.send(ending)


def described(error: BaseException) -> str:
    """Return an error in one line, with the place in glassnet, or else anywhere, where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if "glassnet" in os.path.basename(os.path.dirname(frame.filename))]
    frame = (inside or frames)[-1]
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__} at {os.path.basename(frame.filename)}:{frame.lineno}: {text}"


def _signal_name(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
