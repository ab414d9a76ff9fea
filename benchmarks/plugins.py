"""What a thousand installed plugin distributions cost those who do not use them: fresh interpreters, in turn.

The distributions are made in a temporary folder on the path, as an installer leaves them: metadata with a long
description, a record, one entry point and a module each, kinds in turn. Each module writes a line where it is
imported, and none may be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.rounds import clocked, seconds_by_round
from glassnet.registry.kinds import TRAINING_KINDS

COUNT = 1000
STATEMENTS = {
    "import glassnet": "import glassnet",
    "glassnet --help": "from glassnet_commands.command_line import main; main(['--help'])",
    "first component": "import glassnet as gn; gn.layers.dense(2)",
}
DESCRIPTION = "\n\n".join(f"Paragraph {number} of a description. " + "It goes on. " * 30 for number in range(20))


def make_distributions(folder: Path, log: Path) -> None:
    """Make the distributions; each of their modules adds a line to `log` where it is imported."""
    kinds = TRAINING_KINDS
    for number in range(COUNT):
        name = f"glassnet_bench_{number}"
        kind = kinds[number % len(kinds)]
        metadata = folder / f"{name}-1.0.dist-info"
        metadata.mkdir()
        head = f"Metadata-Version: 2.4\nName: {name.replace('_', '-')}\nVersion: 1.0\nRequires-Dist: glassnet\n"
        (metadata / "METADATA").write_text(f"{head}\n{DESCRIPTION}\n")
        (metadata / "entry_points.txt").write_text(f"[{kind.group}]\nbench_{number} = {name}:Component\n")
        (metadata / "RECORD").write_text(f"{name}.py,,\n{name}-1.0.dist-info/METADATA,,\n")
        (metadata / "INSTALLER").write_text("pip\n")
        (folder / f"{name}.py").write_text(f"with open({str(log)!r}, 'a') as log:\n    print(__name__, file=log)\n")


def cases() -> dict[str, Any]:
    """Return what measures each statement, given the number of rounds."""
    return {name: partial(crowded, name) for name in STATEMENTS}


def crowded(name: str, rounds: int) -> dict[str, Any]:
    """Return the seconds of a statement with and without the distributions, and how many of them it imported."""
    with tempfile.TemporaryDirectory() as root:
        folder, log = Path(root, "site-packages"), Path(root, "imported.txt")
        folder.mkdir()
        make_distributions(folder, log)
        before = os.environ.get("PYTHONPATH")
        paths = {"without": before, "with": os.pathsep.join([str(folder), *([before] if before else [])])}

        def run(path: str | None) -> None:
            environment = os.environ | ({"PYTHONPATH": path} if path is not None else {})
            command = [sys.executable, "-c", STATEMENTS[name]]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

        turns = {which: clocked(partial(run, path)) for which, path in paths.items()}
        seconds = seconds_by_round(turns, 2 * rounds)
        imported = len(log.read_text().split()) if log.exists() else 0
    title = f"{name}, with and without {COUNT:,} plugin distributions, of which {imported} were imported"
    return {"title": title, "seconds": seconds}
