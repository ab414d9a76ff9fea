"""Let processes fight over one run folder, and kill some: one run at a time writes there, and no two are mixed.

Each process trains with one of two seeds, and continues what is there. At the end, the folder must hold the run of one
seed alone, which continues to the same bytes as without the fight. A witness beside the folder tells if two processes
were inside at once. A process that was forked inside, and lives on, must not keep the folder locked.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from tests.attack.children import described, in_child
from tests.attack.recipes import check_files, command, results
from tests.attack.report import Report
from tests.attack.sabotage import hurry

SHORT, FULL = 3, 100
_PROCESSES = (2, 3, 5)
_SEEDS = (0, 1)
_TRIES = 40
_DONE, _REFUSED, _FAILED = 0, 3, 4
# Seconds within which a process is killed; a training takes less.
_MOMENTS = 0.3
# No fight lasts longer, in seconds, on a busy computer either.
_PATIENCE = 120.0

_X = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
_Y = (_X[:, 0] > 0).astype(np.int64)


def attack(fights: int, seed: int) -> Report:
    """Let processes fight `fights` times."""
    report = Report("claims", {"fights": 0, "processes": 0, "kills": 0, "claims refused": 0, "forks inside": 0})
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        expected = [_alone(Path(scratch, f"alone-{each}"), each) for each in _SEEDS]
        for number in range(fights):
            _attack_folder(Path(scratch, "fight"), chance, expected, f"fight {number} of seed {seed}", report)
            report.count("fights")
        _attack_numbers(Path(scratch, "numbers"), report)
    return report


def _alone(folder: Path, seed: int) -> dict[str, str]:
    ending = in_child(_train, folder, seed)
    assert ending.how == "done", ending
    return results(folder)


def _attack_folder(
    scratch: Path, chance: random.Random, expected: list[dict[str, str]], what: str, report: Report
) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    folder = scratch / "run"
    ending = in_child(_fight, folder, chance.choice(_PROCESSES), chance.random(), patience=_PATIENCE)
    if ending.how != "done":
        report.fault("a fight does not end", f"{what}: {ending.how} {ending.message}")
        return
    for figure, count in ending.value["counted"].items():
        report.count(figure, count)
    for fault in ending.value["faults"]:
        report.fault(fault, what)
    _check_winner(folder, expected, what, report)


def _check_winner(folder: Path, expected: list[dict[str, str]], what: str, report: Report) -> None:
    """Report a folder that is still locked, is damaged, or holds the runs of two seeds."""
    ending = in_child(check_files, folder)
    if folder.exists() and ending.how != "done":
        report.fault("a file does not load after a fight", f"{what}: {ending.message}")
    endings = [in_child(_train, folder, seed) for seed in _SEEDS]
    winners = [seed for seed, each in zip(_SEEDS, endings, strict=True) if each.how == "done"]
    if len(winners) != 1:
        report.fault("a folder does not hold the run of one seed", f"{what}: {[each.message for each in endings]}")
    elif results(folder) != expected[winners[0]]:
        report.fault("a run ends in other bytes after a fight", what)


def _attack_numbers(scratch: Path, report: Report) -> None:
    """Start trainings at once that choose their folders themselves: each must get one of its own."""
    scratch.mkdir()
    processes = max(_PROCESSES)
    ending = in_child(_train_by_command, scratch, processes, patience=_PATIENCE)
    folders = {path.name for path in (scratch / "runs").glob("xor-*")}
    if ending.value != [_DONE] * processes or folders != {f"xor-{1 + number}" for number in range(processes)}:
        report.fault("trainings at once get other folders than one each", f"{ending}, {sorted(folders)}")
    report.count("processes", processes)


# --- in a child, which forks -----------------------------------------------------------------------------------------


def _fight(folder: Path, processes: int, seed: float) -> dict[str, Any]:
    """Start processes, kill some, and return what was counted and found."""
    chance = random.Random(seed)
    started = [_forked(_contend, folder, number % len(_SEEDS), chance.random()) for number in range(processes)]
    killed = chance.sample(started, chance.randint(1, processes))
    for process in killed:
        time.sleep(chance.random() * _MOMENTS / processes)
        os.kill(process, signal.SIGKILL)
    codes = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in started]
    notes = [path.read_text() for path in folder.parent.glob("note-*")]
    counted = {
        "processes": processes,
        "kills": codes.count(-signal.SIGKILL),
        "claims refused": sum(note.count("refused\n") for note in notes),
        "forks inside": len(list(folder.parent.glob("forked-*"))),
    }
    for path in folder.parent.glob("forked-*"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(path.name.removeprefix("forked-")), signal.SIGKILL)
    faults = [line for note in notes for line in note.splitlines() if line != "refused"]
    return {"counted": counted, "faults": faults}


def _contend(folder: Path, seed: int, moment: float) -> int:
    """Train until it is done, or the folder turns out to be another run's."""
    note = folder.parent / f"note-{os.getpid()}"
    time.sleep(moment * _MOMENTS / 4)
    for _ in range(_TRIES):
        try:
            _train(folder, seed)
            return _DONE
        except (gn.FileError, gn.ResumeError) as error:
            with note.open("a") as file:
                file.write("refused\n")
            if isinstance(error, gn.ResumeError):
                return _REFUSED
            time.sleep(0.02)
        except BaseException as error:
            note.write_text(f"a process ends with {described(error)}\n")
            return _FAILED
    return _REFUSED


class _Witness(gn.Callback):
    """Tells if another living process is inside, and forks a process that lives on."""

    def on_run_start(self, run: gn.Run) -> None:
        path = _witness(run)
        if path.exists() and _lives(int(path.read_text() or 0)):
            raise AssertionError("two processes are inside at once")
        path.write_text(f"{os.getpid()}")

    def on_epoch_end(self, run: gn.Run) -> None:
        if run.epoch == 1:
            _forked(_linger, _witness(run).parent)

    def on_run_end(self, run: gn.Run) -> None:
        _witness(run).write_text("0")


def _witness(run: gn.Run) -> Path:
    assert run.folder is not None
    return Path(run.folder.parent, f"{run.folder.name}-witness")


def _lives(process: int) -> bool:
    """Tell whether a process is at work: one that was killed and not waited for is not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return process > 0 and Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _linger(scratch: Path) -> int:
    """Stay alive behind the process that forked this one."""
    (scratch / f"forked-{os.getpid()}").touch()
    time.sleep(5)
    return _DONE


def _train(folder: Path, seed: int) -> None:
    hurry(1000)
    gn.Network("dense(8) tanh dropout(0.2) dense(2) softmax").fit(
        *(_X, _Y),
        loss="cce",
        optimizer="adam",
        epochs=8,
        seed=seed,
        callbacks=["checkpoint(steps=4)", _Witness()],
        progress=False,
        folder=folder,
        resume_from=folder,
    )


def _train_by_command(scratch: Path, processes: int) -> list[int]:
    os.chdir(scratch)
    arguments = ["train", "xor", "--epochs", "20", "--no-plots", "--quiet"]
    started = [_forked(lambda: command(*arguments)[0]) for _ in range(processes)]
    return [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in started]


def _forked(function: Callable[..., int], *arguments: Any) -> int:
    """Call a function in a forked process, which ends with what the function returns; return its number."""
    process = os.fork()
    if process == 0:
        code = _FAILED
        try:
            code = function(*arguments)
        finally:
            os._exit(code)
    return process
