"""Compiled kernels on disk: what is damaged is named, compiled anew once, and never run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

MODULE = (Path(__file__).parents[2] / "attack" / "small_kernels.py").read_text("utf-8")
PROGRAM = """
import numpy as np
from kernels import doubled, tripled
x, y = np.arange(3.0), np.empty(3)
doubled(x, y)
print(y, tripled(x), sum(doubled.stats.cache_hits.values()))
"""
RIGHT = "[0. 2. 4.] [0. 3. 6.]"


def changed(content):
    """Change one bit in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGE = {
    "a bit": changed,
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "longer": lambda content: content + b"x",
    "the first byte": lambda content: b"x" + content[1:],
    "another file": lambda content: b"#!/bin/sh",
}


@pytest.fixture
def run(tmp_path):
    """Run the program with a cache of its own; return what it printed, and its warnings."""
    (tmp_path / "kernels.py").write_text(MODULE)

    def run():
        environment = {
            **os.environ,
            "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
            "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]),
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment
        )
        return done.stdout.strip(), done.stderr

    return run


def test_a_damaged_file_is_named_and_replaced(tmp_path, run):
    assert run() == (f"{RIGHT} 0", "")
    assert run() == (f"{RIGHT} 1", "")
    files = sorted((tmp_path / "cache").rglob("*.nb[ic]"))
    # The kernel and the ufunc have an index and machine code each, and so has the ufunc's wrapper.
    assert len(files) == 6
    for file, damage in zip(files, DAMAGE, strict=True):
        file.write_bytes(DAMAGE[damage](file.read_bytes()))
        said, warned = run()
        assert said.startswith(RIGHT)
        assert f"the compiled kernel in {file} is damaged, and is compiled anew" in warned
    assert run() == (f"{RIGHT} 1", "")


def test_files_that_are_missing_are_made_again_without_a_word(tmp_path, run):
    run()
    for file in (tmp_path / "cache").rglob("*.nbc"):
        file.unlink()
        said, warned = run()
        assert (said[: len(RIGHT)], warned) == (RIGHT, "")
    assert run() == (f"{RIGHT} 1", "")


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, run):
    run()
    for file in (tmp_path / "cache").rglob("*.nb[ic]"):
        file.unlink()
        file.mkdir()
    for _ in range(2):
        said, warned = run()
        assert said == f"{RIGHT} 0"
        assert "Traceback" not in warned
