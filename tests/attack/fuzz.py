"""Open damaged inputs of every kind: each must load, or end in an error of glassnet's, in bounded time and memory.

Each input may take 5 seconds of processor time, and 20 times its size plus 200 MB of memory. It must start no program,
write nothing outside its folder, print no control characters, and have no message of more than 1,000 characters. A file
that was damaged after it was saved must be refused, or give what was saved.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import resource
import signal
import sys
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import polars

from glassnet.errors import GlassnetError
from tests.attack.children import described, in_child
from tests.attack.inputs import Input, Refused, Target
from tests.attack.report import Report
from tests.attack.targets import TARGETS

SHORT, FULL = 3_000, 100_000
_SECONDS = 5
_TIMES_THE_INPUT, _AND_BYTES = 20, 200 * 2**20
_LONGEST_MESSAGE = 1000
_AT_ONCE = 250
_REACHED = "reached"


class _TooLong(BaseException):
    """The time is over."""


def attack(inputs: int, seed: int) -> Report:
    """Open about `inputs` damaged inputs, and all that are known to be hard."""
    # Beside other programs, polars' threads wait for one another: for up to 40 s with a table of 700 bytes.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    report = Report("fuzz", {"inputs": 0, "refused": 0, "loaded": 0})
    share = sum(target.share for target in TARGETS.values())
    for name, target in TARGETS.items():
        number = max(1, round(inputs * target.share / share))
        with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
            _attack_target(name, number, seed, Path(scratch), report)
    return report


def _attack_target(name: str, number: int, seed: int, scratch: Path, report: Report) -> None:
    """Open inputs in child processes; where one dies, the next goes on behind the input that killed it."""
    first = 0
    while first < number:
        last = min(number, first + _AT_ONCE)
        # Two levels, so that a path with ../../ ends in here as well.
        folder = scratch / "inputs" / str(first)
        folder.mkdir(parents=True)
        ending = in_child(_open_inputs, name, range(first, last), seed, folder)
        outcomes = ending.value
        if ending.how != "done":
            assert (folder / _REACHED).exists(), f"{name} cannot be attacked: {ending}"
            culprit = int((folder / _REACHED).read_text())
            text = f"input {culprit} of seed {seed}: {ending.how} {ending.message}"
            # What came before is opened once more, and counted then.
            again = in_child(_open_inputs, name, range(first, culprit), seed, folder)
            outcomes = [*(again.value or []), ("crash", text)]
            last = culprit + 1
        for kind, example in outcomes:
            report.count("inputs")
            report.count(kind if kind in ("refused", "loaded") else "faults")
            if kind not in ("refused", "loaded"):
                report.fault(f"{name}: {kind}", example)
        first = last


def _open_inputs(name: str, numbers: range, seed: int, folder: Path) -> list[tuple[str, str]]:
    """Return, for each input, the kind of its outcome and an example; runs in a child."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _stop)
    warnings.simplefilter("ignore")
    os.chdir(folder)
    _start_threads_of_readers()
    watch = Watch(folder)
    target: Target = TARGETS[name](folder)
    outcomes = []
    for number in numbers:
        (folder / _REACHED).write_text(f"{number}")
        chance = random.Random(f"{name} {seed} {number}")
        given = target.hard[number] if number < len(target.hard) else target.damaged(chance)
        kind, detail = outcome(target, given, watch)
        outcomes.append((kind, f"{detail} <- {_shortened(given.content)}"))
    return outcomes


def _start_threads_of_readers() -> None:
    """Have polars start its threads: their stacks and arenas are address space of the process, and of no input."""
    polars.read_csv(io.BytesIO(b"a,b\n1,2\n" * 1000), infer_schema=False).filter(polars.col("a") == "1").sort("b")


def outcome(target: Target, given: Input, watch: Watch) -> tuple[str, str]:
    """Open one input, and return the kind of its outcome and a text about it."""
    watch.clear()
    message = ""
    try:
        with _limits(len(given.content)):
            shown = target.open(given)
        kind = "loaded"
        if given.must_be_refused or (given.was_saved and shown.value != target.saved):
            kind = "damage is accepted" if given.was_saved else "nonsense is accepted"
        message = shown.text
    except (GlassnetError, click.ClickException, Refused) as error:
        kind, message = "refused", str(error)
    except _TooLong as error:
        kind, message = "takes too long", described(error)
    except MemoryError as error:
        kind, message = "takes too much memory", described(error)
    except AssertionError as error:
        kind, message = "a check fails", str(error)
    except BaseException as error:
        kind, message = "another error", described(error)
    if watch.seen:
        kind, message = watch.seen[0], watch.seen[1]
    elif kind == "refused" and len(message) > _LONGEST_MESSAGE:
        kind = "a message is too long"
    elif kind in ("refused", "loaded") and _has_control_characters(message):
        kind = "control characters are printed"
    return kind, f"{given.about} {message[:300]!r}"


@contextlib.contextmanager
def _limits(size: int) -> Iterator[None]:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + _TIMES_THE_INPUT * size + _AND_BYTES
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _stop(*_: Any) -> None:
    raise _TooLong


class Watch:
    """Sees programs being started and files being written outside a folder."""

    def __init__(self, folder: Path) -> None:
        self.seen: tuple[str, str] | None = None
        self._allowed = (f"{folder}{os.sep}", os.devnull)
        sys.addaudithook(self._look)

    def clear(self) -> None:
        """Forget what was seen."""
        self.seen = None

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
            self.seen = ("a program is started", str(arguments[0]))
        elif event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            path = os.path.realpath(arguments[0])
            # With a separator, so that the folder itself counts: a file without a name is opened by its folder.
            if not f"{path}{os.sep}".startswith(self._allowed):
                self.seen = ("a file outside is written", path)


def _has_control_characters(text: str) -> bool:
    return any(unicodedata.category(letter) == "Cc" and letter not in "\n\t" for letter in text)


def _shortened(content: bytes) -> str:
    text = repr(content)
    return text if len(text) < 400 else f"{text[:200]} … {text[-150:]}"
