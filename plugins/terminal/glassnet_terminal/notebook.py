"""Whether a program runs in a notebook."""

from __future__ import annotations

import sys


def in_notebook() -> bool:
    """Return whether the code runs in the kernel of a notebook, where output is shown as HTML."""
    # It is not imported: in a notebook it is there.
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None
