"""Kill ranks of a training at random moments: all end, one message names the rank, and the run goes on.

A round starts or continues a training on 2 or 3 ranks, kills one of them with SIGKILL, or stops it with SIGSTOP as a
connection would that is lost, and looks at what is left.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.attack.recipes import check_files, epochs_in
from tests.attack.report import Report

SHORT, FULL = 4, 50
# The promise is 10 seconds, after which nothing runs any more.
_SECONDS = 10.0
_BIN = Path(sys.executable).parent
_TRAIN = ("train", "digits", "--no-plots", "--quiet", "--layers", "flatten dense(16) relu dense(10) softmax",
          "--schedule", "constant", "--epochs", "100000", "--out", "run")  # fmt: skip


def attack(kills: int, seed: int) -> Report:
    """Kill a rank of a training, as often as that."""
    figures = {"kills": 0, "of these stopped, as by a lost connection": 0, "messages that name the rank": 0}
    report = Report(
        "ranks", {**figures, "launcher alone says it, as the ranks had not met yet": 0, "epochs in the end": 0}
    )
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        for number in range(kills):
            _one_kill(Path(scratch), number, chance, report)
        report.figures["epochs in the end"] = epochs_in(Path(scratch, "run"))
    return report


def _one_kill(scratch: Path, number: int, chance: random.Random, report: Report) -> None:
    ranks = chance.choice([2, 3])
    is_begun = (scratch / "run" / "experiment.toml").exists()
    words = _TRAIN if not is_begun else ("train", "--resume", "run", "--quiet", "--no-plots")
    process = started(scratch, ranks, *words)
    found = _all_ranks(process, ranks)
    is_stopped = number % 5 == 4
    if is_stopped or chance.random() < 0.75:
        _wait_for_state(scratch / "run" / "checkpoint.safetensors")
    time.sleep(chance.random())
    epochs = epochs_in(scratch / "run") if (scratch / "run").exists() else 0
    victim = chance.randrange(ranks)
    if process.poll() is not None:
        report.fault("it ends by itself", f"{ranks} ranks in round {number}: {process.communicate()}")
        return
    os.kill(found[victim], signal.SIGSTOP if is_stopped else signal.SIGKILL)
    killed_at = time.monotonic()
    report.count("kills")
    report.count("of these stopped, as by a lost connection", int(is_stopped))
    example = f"{ranks} ranks, rank {victim} {'stopped' if is_stopped else 'killed'} in round {number}"
    try:
        _, errors = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        report.fault("it hangs", example)
        process.kill()
        for each in found.values():
            os.kill(each, signal.SIGKILL)
        return
    if time.monotonic() - killed_at > _SECONDS:
        report.fault(f"it ends after more than {_SECONDS:.0f} seconds", example)
    named = re.findall(r"^error: rank (\d+) \(process \d+ on .+?\)", errors, re.M)
    report.count("messages that name the rank", int(named == [str(victim)]))
    report.count("launcher alone says it, as the ranks had not met yet", int(not named))
    if len(named) > 1 or errors.count("error: ") > 1:
        report.fault("there are several messages", f"{example}: {errors}")
    elif named and named != [str(victim)]:
        report.fault("another rank is named", f"{example}: {errors}")
    if (scratch / "run").exists():
        check_files(scratch / "run")
        if epochs_in(scratch / "run") < epochs:
            report.fault("epochs are lost", example)


def _all_ranks(process: subprocess.Popen[str], ranks: int) -> dict[int, int]:
    """Return the ids of the ranks' processes as soon as all of them are there."""
    deadline = time.monotonic() + 60
    while len(found := ranks_of(process)) < ranks and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _wait_for_state(file: Path) -> None:
    """Wait until the training has saved a state, or has had time enough for it."""
    began = time.time()
    while time.time() - began < 30:
        if file.exists() and file.stat().st_mtime > began:
            return
        time.sleep(0.02)


def started(folder: Path, ranks: int, *words: str) -> subprocess.Popen[str]:
    """Start ``glassnet`` on some ranks in a folder."""
    variables = {**os.environ, "GLASSNET_DISABLE": "doctor"}
    return subprocess.Popen(
        [_BIN / "mpiexec", "-n", str(ranks), _BIN / "glassnet", *words],
        cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ranks_of(process: subprocess.Popen[str]) -> dict[int, int]:
    """Return the ids of the processes that a launcher has started, by rank."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and _parent(_parent(int(entry.name))) == process.pid:
                variables = (entry / "environ").read_bytes().split(b"\0")
                ranks = [int(each.partition(b"=")[2]) for each in variables if each.startswith(b"PMI_RANK=")]
                if ranks:
                    found[ranks[0]] = int(entry.name)
        except OSError:  # it has ended
            continue
    return found


def _parent(process: int) -> int:
    return int(Path("/proc", str(process), "stat").read_text().rsplit(")", 1)[1].split()[1])
