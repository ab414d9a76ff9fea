"""Let each write of a training fail in turn: the error must be one sentence, and what was saved before must load.

After each failure the run is continued to its end, and compared with the run without a break.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.attack.children import Ending, in_child
from tests.attack.recipes import RECIPES, check_files, results, train
from tests.attack.report import Report
from tests.attack.sabotage import POINTS, Sabotage

# How many of a recipe's writes of each kind fail; their numbers are spread evenly.
SHORT, FULL = 2, 4
_LONGEST_MESSAGE = 1000
_SHORT_RECIPES = ("dropout, batch_norm, early stopping", "glassnet train iris")


def attack(each: int, seed: int) -> Report:
    """Let `each` writes of each kind fail; nothing is random, so `seed` changes nothing."""
    report = Report("faults", {"failed writes": 0, "full disks": 0, "file size limits": 0, "read-only folders": 0})
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        for name in _SHORT_RECIPES if each == SHORT else RECIPES:
            _attack_recipe(name, Path(scratch), each, report)
    return report


def _attack_recipe(name: str, scratch: Path, each: int, report: Report) -> None:
    whole = scratch / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    ending = in_child(train, name, whole, False, scratch)
    assert ending.how == "done", f"{name}: {ending}"
    expected, counts = results(whole), ending.value
    trial = _Trial(name, scratch, expected, report)
    for point in POINTS:
        for number in _spread(counts[point], each):
            plan = Sabotage(point, number, "fail")
            trial.run(f"{point} {number} of {counts[point]} fails", scratch / "run", plan)
            report.count("failed writes")
    size = (whole / "model.safetensors").stat().st_size
    for limit in (size // 2, size + 100):
        trial.run(f"RLIMIT_FSIZE of {limit} bytes", scratch / "run", limit=limit)
        report.count("file size limits")
    for kilobytes in (8, 20):
        with _small_disk(scratch / "disk", kilobytes) as disk:
            if disk is not None:
                trial.run(f"disk of {kilobytes} KB", disk / "run", disk=disk)
                report.count("full disks")
    _attack_read_only(trial, scratch, report)


class _Trial:
    """What happens to one recipe in one trouble after another."""

    def __init__(self, name: str, data: Path, expected: dict[str, str], report: Report) -> None:
        self.name = name
        self.data = data
        self.expected = expected
        self.report = report

    def run(
        self,
        trouble: str,
        folder: Path,
        plan: Sabotage | None = None,
        limit: int | None = None,
        disk: Path | None = None,
    ) -> None:
        """Train in trouble, look at what is left, and continue without the trouble."""
        shutil.rmtree(folder, ignore_errors=True)
        what = f"{self.name}, {trouble}"
        ending = in_child(_train_in_trouble, self.name, folder, self.data, plan, limit)
        self.judge(what, ending)
        self.check(what, folder)
        if disk is not None:
            subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
        self.continue_run(what, folder)

    def judge(self, what: str, ending: Ending) -> None:
        """Report an ending that is not one sentence of glassnet's."""
        if ending.how not in ("done", "refused"):
            self.report.fault(f"a failed write ends with {ending.how}", f"{what}: {ending.message}")
        elif len(ending.message) > _LONGEST_MESSAGE:
            example = f"{what}: {len(ending.message)} characters, {ending.message[:200]!r}"
            self.report.fault("a message with its notes is too long", example)

    def check(self, what: str, folder: Path) -> None:
        """Report a file that does not load."""
        ending = in_child(check_files, folder)
        if ending.how != "done":
            self.report.fault("a file does not load after a failed write", f"{what}: {ending.message}")

    def continue_run(self, what: str, folder: Path) -> None:
        """Continue to the end, and compare."""
        ending = in_child(train, self.name, folder, True, self.data)
        if ending.how != "done":
            self.report.fault("a run cannot be continued", f"{what}: {ending.message or ending.how}")
        elif results(folder) != self.expected:
            self.report.fault("a continued run ends in other bytes", what)


def _train_in_trouble(name: str, folder: Path, data: Path, plan: Sabotage | None, limit: int | None) -> None:
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    train(name, folder, False, data, plan)


def _attack_read_only(trial: _Trial, scratch: Path, report: Report) -> None:
    """Continue an interrupted run in a folder that cannot be written: it must stay as it is."""
    with _small_disk(scratch / "disk", 8000) as disk:
        if disk is None and os.geteuid() == 0:
            return  # nothing but a disk is read-only to root
        folder = (disk or scratch) / "run"
        shutil.rmtree(folder, ignore_errors=True)
        in_child(train, trial.name, folder, False, scratch, Sabotage("replace", 5, "interrupt"))
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        what = f"{trial.name}, read-only folder"
        _set_writable(folder, disk, False)
        ending = in_child(train, trial.name, folder, True, scratch)
        _set_writable(folder, disk, True)
        trial.judge(what, ending)
        if ending.how == "done" or before != {path.name: path.read_bytes() for path in folder.iterdir()}:
            report.fault("a read-only folder is written", what)
        trial.continue_run(what, folder)
        report.count("read-only folders")


def _set_writable(folder: Path, disk: Path | None, writable: bool) -> None:
    if disk is not None:
        subprocess.run(["mount", "-o", f"remount,{'rw' if writable else 'ro'}", disk], check=True)
    else:
        folder.chmod(0o755 if writable else 0o555)


@contextlib.contextmanager
def _small_disk(folder: Path, kilobytes: int) -> Iterator[Path | None]:
    """Lend a disk of its own, or None where this user may not mount one."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder]
    try:
        mounted = subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)


def _spread(count: int, wanted: int) -> list[int]:
    """Return at most `wanted` numbers from 1 to `count`, the first and the last among them."""
    steps = min(count, wanted)
    return [1 + round(index * (count - 1) / max(1, steps - 1)) for index in range(steps)]
