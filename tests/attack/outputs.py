"""Let writes of commands that make a file fail, or kill the command in them: the file is the old one or the new one.

Each command finds an old file in its place. One that fails must leave nothing beside it, and what a killed one leaves
must be gone after the next.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.attack.broken_sweeps import SWEEPS, attack_sweep
from tests.attack.children import Ending, in_child
from tests.attack.recipes import call
from tests.attack.report import Report
from tests.attack.sabotage import HOW, Sabotage

# How many calls of each kind of write go wrong in each command.
SHORT, FULL = 1, 4
_COMMANDS: dict[str, tuple[str, ...]] = {
    "export.h": ("export", "{run}", "{file}"),
    "runs.csv": ("runs", "{runs}", "--csv", "{file}"),
    "export.py": ("export", "{run}", "{file}"),
    "export.onnx": ("export", "{run}", "{file}"),
    "imported.safetensors": ("import", "{onnx}", "--out", "{file}"),
    "predictions.csv": ("predict", "{run}", "{table}", "--out", "{file}"),
    "step.html": ("explain", "{run}", "--save", "{file}"),
    "curves.svg": ("plot", "curves", "{run}", "--out", "{file}"),
    "card.md": ("card", "{run}", "--out", "{file}"),
    "runs.html": ("runs", "{runs}", "--html", "{file}"),
    "compare.html": ("compare", "{run}", "{run}", "--no-repeat", "--html", "{file}"),
}
_SHORT_COMMANDS = 2
_OLD = b"old"
_LONGEST_MESSAGE = 1000


def attack(each: int, seed: int) -> Report:
    """Let `each` writes of each kind go wrong in each command."""
    report = Report("outputs", {"failed writes": 0, "kills": 0, "old files": 0, "new files": 0, SWEEPS: 0})
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        runs, table = Path(scratch, "runs"), Path(scratch, "table.csv")
        table.write_text("a,b,kind\n" + "".join(f"{n},{n * n},{'pq'[n % 2]}\n" for n in range(30)))
        options = ("--target", "kind", "--epochs", "1", "--no-plots", "--quiet", "--out", str(runs / "run"))
        # In a child, as the commands are: with the same accelerators.
        ending = in_child(call, ["train", str(table), *options], None)
        assert ending.how == "done", ending
        for name in list(_COMMANDS)[: _SHORT_COMMANDS if each == SHORT else None]:
            file = Path(scratch, name, name)
            file.parent.mkdir()
            onnx = Path(scratch, "export.onnx", "export.onnx")  # made a moment before
            places = {"run": runs / "run", "runs": runs, "table": table, "onnx": onnx, "file": file}
            _attack_command([word.format(**places) for word in _COMMANDS[name]], file, each, seed, report)
        attack_sweep(Path(scratch), each if each == SHORT else 8 * each, seed, report)
    return report


def _attack_command(words: list[str], file: Path, each: int, seed: int, report: Report) -> None:
    file.write_bytes(_OLD)
    ending = in_child(call, words, None)
    assert ending.how == "done", f"{words}: {ending}"
    trial = _Trial(file, file.read_bytes(), report)
    assert trial.whole != _OLD, words
    chance = random.Random(f"{file.name} {seed}")
    for point, count in ending.value.items():
        for number in sorted(chance.sample(range(1, count + 1), min(each, count))):
            for how in HOW[point]:
                file.write_bytes(_OLD)
                plan = Sabotage(point, number, how)
                trial.judge(plan, in_child(call, words, plan))
    in_child(call, words, None)
    if left := trial.beside():
        report.fault("files are left behind", f"{file.name}: {left}")


@dataclass(frozen=True)
class _Trial:
    """A file that a command makes, with what it holds when nothing goes wrong."""

    file: Path
    whole: bytes
    report: Report

    def judge(self, plan: Sabotage, ending: Ending) -> None:
        """Report what is wrong with an ending, and with what the file holds then."""
        what, failed = f"{self.file.name}, {plan}", plan.how == "fail"
        self.report.count("failed writes" if failed else "kills")
        if ending.how not in (("refused", "done") if failed else ("killed", "done")):
            self.report.fault("a command ends in another way", f"{what}: {ending}")
        elif len(ending.message) > _LONGEST_MESSAGE:
            self.report.fault("a message is too long", f"{what}: {ending.message[:200]!r}")
        content = self.file.read_bytes() if self.file.exists() else b""
        self.report.count("old files" if content == _OLD else "new files")
        if content != _OLD and not self._is_whole(content):
            self.report.fault("a file is half-written", f"{what}: {len(content)} of {len(self.whole)} bytes")
        if failed and (left := self.beside()):
            self.report.fault("a failed write leaves files behind", f"{what}: {left}")

    def _is_whole(self, content: bytes) -> bool:
        """Tell whether it is the new file, which may hold other times: its length is about the same, and its end."""
        return content[-10:] == self.whole[-10:] and abs(len(content) - len(self.whole)) < 100

    def beside(self) -> list[str]:
        """Return what else is in the folder of the file."""
        return sorted(path.name for path in self.file.parent.iterdir() if path != self.file)
