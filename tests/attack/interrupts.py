"""Send signals to commands at random moments of their first second: each must end in one word, or with its answer.

Before the first line of a command runs, Python itself starts and reads the script of the installer. A signal in these
moments is Python's to answer, with a traceback of its own, and is counted apart.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.attack.children import in_child
from tests.attack.recipes import check_files, command
from tests.attack.report import Report

# How many interrupts each command gets; of the other signals a fifth of it.
SHORT, FULL = 5, 100
_LATEST, _LONGEST_WAIT = 1.0, 120
_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
_COMMANDS: dict[str, tuple[str, ...]] = {
    "train": ("train", "xor", "--epochs", "100000000", "--no-plots", "--out", "{new}"),
    "plugins": ("plugins",),
    "help": ("--help",),
    "predict": ("predict", "{run}", "{samples}"),
    "explain": ("explain", "{run}"),
    "serve": ("serve", "{run}", "--port", "0"),
}
_EARLY = "tracebacks of Python before the first line of the command"


def attack(each: int, seed: int) -> Report:
    """Send `each` interrupts to each command, and fewer of the other signals."""
    report = Report("interrupts", {"signals": 0, "ended before": 0, "one word or the signal": 0, _EARLY: 0})
    chance = random.Random(seed)
    # A program that a script starts in the background ignores them, and so would the commands.
    for number in _CODES:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        places = {name: Path(scratch, name) for name in ("new", "run")} | {"samples": Path(scratch, "samples.npy")}
        command("train", "xor", "--epochs", "1", "--no-plots", "--quiet", "--out", str(places["run"]))
        np.save(places["samples"], [[0.5, 0.5]])
        for name, words in _COMMANDS.items():
            arguments = [word.format(**places) for word in words]
            for number in (*[signal.SIGINT] * each, *[signal.SIGTERM, signal.SIGHUP] * (each // 5)):
                _interrupt(name, arguments, number, chance.random() * _LATEST, report)
                _check(name, places["new"], report)
    return report


def _interrupt(name: str, arguments: list[str], number: signal.Signals, moment: float, report: Report) -> None:
    """Start a command, send it a signal, and report how it ends."""
    program = Path(sys.executable).with_name("glassnet")
    process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(moment)
    has_ended = process.poll() is not None
    process.send_signal(number)
    report.count("signals")
    try:
        _, errors = process.communicate(timeout=_LONGEST_WAIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        report.fault("a command does not end", f"{name}, {number.name} after {moment:.2f} s")
        return
    what = f"{name}, {number.name} after {moment:.2f} s: exit code {process.returncode}, {errors[-800:]!r}"
    if has_ended:
        report.count("ended before")
    elif "Traceback" in errors:
        if "/glassnet_" in errors:
            report.fault("a traceback", what)
        report.count(_EARLY)
    elif process.returncode in (0, _CODES[number], -number):
        report.count("one word or the signal")
    else:
        report.fault("another exit code", what)


def _check(name: str, folder: Path, report: Report) -> None:
    """Report a file of an interrupted training that does not load."""
    if folder.exists():
        ending = in_child(check_files, folder)
        if ending.how != "done":
            report.fault("a file does not load after a signal", f"{name}: {ending.message}")
        shutil.rmtree(folder)
