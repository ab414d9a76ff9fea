"""Folders for the files that a check writes and reads once."""

from __future__ import annotations

import os
import tempfile

# Files there are in memory. On a disk, each file of a run waits until it is written for good: thousands of times here.
_IN_MEMORY = "/dev/shm"


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder, in memory if the system has a place for that."""
    has_place = os.path.isdir(_IN_MEMORY) and os.access(_IN_MEMORY, os.W_OK | os.X_OK)
    return tempfile.TemporaryDirectory(dir=_IN_MEMORY if has_place else None)
