"""Kill trainings at random moments and inside their writes, and continue them: the bytes must be the same.

Each run is killed up to four times. After each kill, every file in the folder must load, and the history must not be
shorter than before. Then the run is continued to its end, and compared with the run without the break.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from pathlib import Path

from tests.attack.children import Ending, in_child
from tests.attack.recipes import RECIPES, check_files, epochs_in, leftovers, results, train
from tests.attack.report import Report
from tests.attack.sabotage import Sabotage

SHORT, FULL = 12, 1000
# Tried first in each round: moments that lost work before.
_HISTORY_IS_WRITTEN_ANEW = [Sabotage("replace", 14, "interrupt"), Sabotage("replace", 2, "die after")]
_A_PART_FILE_IS_LEFT = [Sabotage("replace", 4, "die")]
_FIRST = (_HISTORY_IS_WRITTEN_ANEW, _A_PART_FILE_IS_LEFT)


def attack(kills: int, seed: int) -> Report:
    """Kill runs until `kills` of them died."""
    report = Report("kills", {"kills": 0, "runs continued to the same bytes": 0, "part files left behind": 0})
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        unbroken = _Unbroken(Path(scratch))
        turn = 0
        while report.figures["kills"] < kills:
            name = RECIPES[turn % len(RECIPES)]
            plans = _FIRST[turn] if turn < len(_FIRST) else _drawn(chance, unbroken.writes(name))
            _one_run(name, Path(scratch, "run"), plans, unbroken, chance, report)
            turn += 1
    return report


class _Unbroken:
    """The runs without a break, made when they are first asked for."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._runs: dict[str, tuple[dict[str, str], dict[str, int], float]] = {}

    def _run(self, name: str) -> tuple[dict[str, str], dict[str, int], float]:
        if name not in self._runs:
            folder, started = self._scratch / f"unbroken-{len(self._runs)}", time.perf_counter()
            ending = in_child(train, name, folder, False, self._scratch)
            assert ending.how == "done", f"{name}: {ending}"
            self._runs[name] = results(folder), ending.value, time.perf_counter() - started
        return self._runs[name]

    def results(self, name: str) -> dict[str, str]:
        """Return the digests of the run's files."""
        return self._run(name)[0]

    def writes(self, name: str) -> dict[str, int]:
        """Return how often the run calls each kind of write."""
        return self._run(name)[1]

    def seconds(self, name: str) -> float:
        """Return how long the run takes."""
        return self._run(name)[2]


def _drawn(chance: random.Random, writes: dict[str, int]) -> list[Sabotage | None]:
    """Return how each start of a run ends; None is a random moment."""
    plans: list[Sabotage | None] = []
    for _ in range(chance.randint(1, 4)):
        point = chance.choice(["fsync", "replace"])
        how = chance.choice(["die", "die after", "die half" if point == "fsync" else "interrupt"])
        inside = Sabotage(point, chance.randint(1, max(1, writes[point] // 2)), how, keep=chance.random())
        plans.append(chance.choice([inside, inside, inside, None]))
    return plans


def _one_run(
    name: str,
    folder: Path,
    plans: list[Sabotage] | list[Sabotage | None],
    unbroken: _Unbroken,
    chance: random.Random,
    report: Report,
) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    expected = unbroken.results(name)
    for number, plan in enumerate(plans):
        before = epochs_in(folder)
        moment = chance.random() * unbroken.seconds(name) if plan is None else None
        ending = in_child(train, name, folder, number > 0, folder.parent, plan, kill_after=moment)
        if ending.how == "killed":
            report.count("kills")
            _check(f"{name}, {plan or 'random moment'}", folder, before, report)
        elif not _is_expected(ending):
            report.fault(f"a run ends with {ending.how}", f"{name}, {plan}: {ending.message}")
            return
    ending = in_child(train, name, folder, True, folder.parent)
    if ending.how != "done":
        report.fault("a run cannot be continued", f"{name}, {plans}: {ending.message or ending.how}")
        return
    if results(folder) == expected:
        report.count("runs continued to the same bytes")
    else:
        report.fault("a continued run ends in other bytes", f"{name}, {plans}")
    left = leftovers(folder)
    report.count("part files left behind", len(left))
    if left:
        report.fault("files are left behind", f"{name}, {plans}: {', '.join(left)}")


def _check(what: str, folder: Path, epochs_before: int, report: Report) -> None:
    """Report what a kill has damaged."""
    if not folder.exists():
        return
    ending = in_child(check_files, folder)
    if ending.how != "done":
        report.fault("a file does not load after a kill", f"{what}: {ending.message}")
    elif (epochs := epochs_in(folder)) < epochs_before:
        report.fault("a kill loses epochs", f"{what}: {epochs} epochs in the history, {epochs_before} before")


def _is_expected(ending: Ending) -> bool:
    """Tell whether a start ended in its own time, or by Ctrl-C."""
    return ending.how == "done" or (ending.how == "refused" and not ending.message.strip())
