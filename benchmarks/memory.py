"""Peak memory of ``glassnet train``: the most that its process ever had in memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from typing import Any

# Linux counts the memory of the process that starts another as that one's: so a small process starts it.
_STARTER = """
import resource, subprocess, sys
statement = f"from glassnet_commands.command_line import main; main({sys.argv[1:]})"
subprocess.run([sys.executable, "-c", statement], check=True, stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def cases() -> dict[str, Any]:
    """Return what measures each command; one round is enough."""
    return {name: partial(peak, name) for name in ("train mnist", "train mnist --epochs 1")}


def peak(name: str, rounds: int) -> dict[str, Any]:
    """Return the megabytes of the command at its peak."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _STARTER, *name.split()]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return {"title": f"glassnet {name}", "megabytes": int(done.stdout.split()[-1]) * unit / 1e6}
