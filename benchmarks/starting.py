"""What comes before training: importing glassnet, its help, and the images of MNIST."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import Any

import glassnet as gn
from benchmarks.rounds import clocked, seconds_by_round

_STATEMENTS = {
    "import": {
        "import numpy": "import numpy",
        "import glassnet": "import glassnet",
        "import glassnet, first network": "import glassnet as gn; gn.Network('dense(2) relu dense(1)').build((2,))",
    },
    "help": {"glassnet --help": "from glassnet_commands.command_line import main; main(['--help'])"},
}


def cases() -> dict[str, Any]:
    """Return what measures each, given the number of rounds."""
    return {**{name: partial(run, name) for name in _STATEMENTS}, "mnist": loaded}


def run(name: str, rounds: int) -> dict[str, Any]:
    """Return the seconds of fresh interpreters that do one thing each."""
    turns = {
        title: clocked(
            partial(subprocess.run, [sys.executable, "-c", statement], check=True, stdout=subprocess.DEVNULL)
        )
        for title, statement in _STATEMENTS[name].items()
    }
    return {"title": f"Fresh interpreters: {name}", "seconds": seconds_by_round(turns, 2 * rounds)}


def loaded(rounds: int) -> dict[str, Any]:
    """Return the seconds that MNIST takes to be read from its packed files."""
    turns = {"MNIST loaded": clocked(lambda: gn.datasets.mnist().load())}
    return {"title": "MNIST", "seconds": seconds_by_round(turns, rounds)}
