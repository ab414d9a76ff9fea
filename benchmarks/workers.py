"""Workers: other processes that do something when they are asked for it, and say how many seconds it took."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GLASSNET_THREADS")


@contextmanager
def worker(command: list[str], settings: Mapping[str, str]) -> Iterator[Any]:
    """Start a worker, and yield a function that asks it for one turn and returns its seconds."""
    environment = {name: value for name, value in os.environ.items() if name not in _THREADS} | dict(settings)
    with process(command, environment) as started:

        def turn() -> float:
            started.stdin.write("go\n")
            started.stdin.flush()
            return float(started.stdout.readline())

        yield turn


@contextmanager
def process(command: list[str], environment: Mapping[str, str] | None = None) -> Iterator[Any]:
    """Start a process, and kill it at the end of the block."""
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        try:
            yield started
        finally:
            started.kill()
