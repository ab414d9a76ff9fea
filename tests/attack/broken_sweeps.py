"""Let writes of a sweep fail, or kill it in them: it goes on to the same bytes, and leaves no parts of files."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from glassnet_sweeps.journal import Journal
from tests.attack.children import in_child
from tests.attack.recipes import call
from tests.attack.report import Report
from tests.attack.sabotage import HOW, Sabotage

SWEEPS = "sweeps that went on to the same bytes"
_TRIALS = 2
_FILES = ("model.safetensors", "history.csv")
_BEGIN = ("sweep", "xor", "--vary", "lr=0.01,0.1", "--trials", f"{_TRIALS}", "--epochs", "2", "--quiet")


def attack_sweep(scratch: Path, plans: int, seed: int, report: Report) -> None:
    """Break a sweep off at `plans` of its writes of each kind, and go on."""
    whole, folder = scratch / "whole", scratch / "sweep"
    ending = in_child(call, [*_BEGIN, "--out", str(whole)], None)
    assert ending.how == "done", ending
    chance = random.Random(f"sweep {seed}")
    for point, count in ending.value.items():
        for number in sorted(chance.sample(range(1, count + 1), min(plans, count))):
            shutil.rmtree(folder, ignore_errors=True)
            plan = Sabotage(point, number, chance.choice(HOW[point]))
            _break_off(plan, folder, whole, report)


def _break_off(plan: Sabotage, folder: Path, whole: Path, report: Report) -> None:
    ending = in_child(call, [*_BEGIN, "--out", str(folder)], plan)
    what = f"sweep, {plan}"
    report.count("failed writes" if plan.how == "fail" else "kills")
    if ending.how not in (("refused", "done") if plan.how == "fail" else ("killed", "done")):
        report.fault("a command ends in another way", f"{what}: {ending}")
    ending = in_child(call, ["sweep", "--resume", str(folder), "--quiet"], None)
    if ending.how == "refused":  # it had not begun
        ending = in_child(call, [*_BEGIN, "--out", str(folder)], None)
    if ending.how != "done":
        report.fault("a sweep does not go on", f"{what}: {ending}")
    elif _results(folder) != _results(whole):
        report.fault("a sweep ends in other bytes", what)
    else:
        report.count(SWEEPS)
    if left := sorted(path.name for path in folder.rglob("*.partial")):
        report.fault("files are left behind", f"{what}: {left}")


def _results(folder: Path) -> list[bytes | str]:
    """Return what a sweep is for: its models and their histories, and the state of each trial."""
    files = [folder / f"trial-{trial:03}" / name for trial in range(_TRIALS) for name in _FILES]
    return [*(file.read_bytes() for file in files), *(each.state for each in Journal(folder).trials())]
