"""The program's first lines: Ctrl-C ends it in one word, also while the command line is imported.

Every import here is a moment in which it cannot yet: `signal` takes ten times as long as the module within it.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import os
import sys


def main() -> int:
    """Run the command line and return its exit code."""
    # Not where it is ignored, as of a program that a script starts in the background.
    is_caught = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_caught:
        # An exception in the middle of an import may come out as another, or be printed and forgotten.
        signal.signal(signal.SIGINT, lambda *_: _leave(130, b"interrupted\n"))
    try:
        from glassnet_commands.command_line import main as run

        if is_caught:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            print("interrupted", file=sys.stderr)
        code = 130
    if is_caught:
        # All is done and said. While Python ends, an exception would be a traceback.
        signal.signal(signal.SIGINT, lambda *_: _leave(code, b""))
    return code


def _leave(code: int, word: bytes) -> None:
    """End the program at once."""
    if sys.stderr is not None:
        os.write(sys.stderr.fileno(), word)
    os._exit(code)
