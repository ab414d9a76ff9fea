"""Peak memory of ``glassnet train mnist``: the most that its process ever had in memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from typing import Any

# Linux counts the memory of the process that starts another as that one's: so a small process starts it.
_STARTER = """
import resource, subprocess, sys
statement = "from glassnet_commands.command_line import main; main(['train', 'mnist'])"
subprocess.run([sys.executable, "-c", statement], check=True, stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def cases() -> dict[str, Any]:
    """Return what measures it; one round is enough."""
    return {"train mnist": peak}


def peak(rounds: int) -> dict[str, Any]:
    """Return the megabytes of the command at its peak."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _STARTER]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return {"title": "glassnet train mnist", "megabytes": int(done.stdout.split()[-1]) * unit / 1e6}
