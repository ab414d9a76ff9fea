"""Damage the cache of compiled kernels: numbers must stay right, and the damaged file is named and replaced."""

from __future__ import annotations

import importlib.util
import os
import random
import tempfile
import warnings
from pathlib import Path

import numpy as np

from tests.attack.children import in_child
from tests.attack.mutations import damaged_bytes
from tests.attack.report import Report

SHORT, FULL = 2, 40
_RIGHT = [0.0, 2.0, 4.0, 0.0, 3.0, 6.0]


def attack(rounds: int, seed: int) -> Report:
    """Damage a file of the cache `rounds` times; without Numba, there is none."""
    report = Report("kernels", {"damaged files": 0, "named and replaced": 0, "deleted files": 0})
    if importlib.util.find_spec("numba") is None:
        return report
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        cache = Path(scratch)
        in_child(_compute, cache)
        for number in range(rounds):
            file = chance.choice(sorted(cache.rglob("*.nb[ic]")))
            _attack_file(file, cache, chance, f"round {number} of seed {seed}, {file.suffix}", report)
    return report


def _attack_file(file: Path, cache: Path, chance: random.Random, what: str, report: Report) -> None:
    content = file.read_bytes()
    damaged = chance.choice([damaged_bytes(content, chance), damaged_bytes(content, chance), b"", None])
    if damaged == content:
        return
    if damaged is None:
        file.unlink()
        report.count("deleted files")
    else:
        file.write_bytes(damaged)
        report.count("damaged files")
    ending = in_child(_compute, cache)
    if ending.how != "done" or ending.value[0] != _RIGHT:
        report.fault("a damaged kernel is run", f"{what}: {ending.how} {ending.message or ending.value}")
        return
    said = ending.value[1]
    if damaged is not None and not any(str(file) in each for each in said):
        report.fault("a damaged kernel is not named", f"{what}: {said}")
    elif (again := in_child(_compute, cache)).value != (_RIGHT, []):
        report.fault("a damaged kernel is not replaced", f"{what}: {again}")
    elif damaged is not None:
        report.count("named and replaced")


def _compute(cache: Path) -> tuple[list[float], list[str]]:
    """Return what the kernels compute, and the warnings."""
    os.environ["NUMBA_CACHE_DIR"] = str(cache)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        from tests.attack.small_kernels import doubled, tripled

        x, y = np.arange(3.0), np.empty(3)
        doubled(x, y)
        return [*y.tolist(), *tripled(x).tolist()], [str(each.message) for each in caught]
