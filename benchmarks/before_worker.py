"""Measure glassnet in one row of a benchmark, a turn at each line of standard input: a process of `before`.

The row is that of the checkout from which this interpreter's glassnet is installed.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import glassnet

OURS = "glassnet"


def serve(candidates: Mapping[str, Callable[[], float]], *_: Any, **__: Any) -> NoReturn:
    """Take a turn at each line, and print its seconds; at the end of the input, end."""
    turn = candidates[OURS]
    turn()  # caches are filled, and code is compiled
    for _line in sys.stdin:
        print(turn(), flush=True)
    raise SystemExit


def main(name: str) -> None:
    sys.path[0] = str(Path(glassnet.__file__).parents[2])
    time.perf_counter = time.process_time  # before the benchmark takes its clock
    section, _, case = name.partition("/")
    module: Any = importlib.import_module(f"benchmarks.{section}")
    module.seconds_by_round = serve
    module.cases()[case](1)


if __name__ == "__main__":
    main(sys.argv[1])
