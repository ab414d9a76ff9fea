"""Ranks that are threads, for most tests, and ranks that mpiexec starts, for those of processes."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from glassnet_testing.tools.thread_ranks import on_ranks


@pytest.fixture
def share(monkeypatch):
    """Return a function that calls ``work(ranks)`` on ranks that are threads, in which `fit` can be shared."""
    here = threading.local()
    for module in ("requested", "measuring"):
        monkeypatch.setattr(f"glassnet_distributed.{module}.communicator", lambda: here.ranks)
    monkeypatch.setattr("glassnet_distributed.requested.share_cores", lambda ranks: None)

    def run(size, work):
        def of_rank(ranks):
            here.ranks = ranks
            return work(ranks)

        return on_ranks(size, of_rank)

    return run


@pytest.fixture
def mpiexec(tmp_path):
    """Return a function that starts a program on several ranks in an empty folder, and returns how it ended."""

    def run(ranks, *words, timeout=60):
        command = [Path(sys.executable).with_name("mpiexec"), "-n", str(ranks), *words]
        variables = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
        variables.pop("GLASSNET_THREADS", None)
        variables["GLASSNET_DISABLE"] = "doctor"  # its trials after a training take longer than these
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=timeout, check=False
        )

    return run


@pytest.fixture
def script(tmp_path):
    """Return a function that writes a script and returns the words that start it."""

    def write(text):
        file = tmp_path / "script.py"
        file.write_text(text)
        return sys.executable, str(file)

    return write
