"""The program's first lines: Ctrl-C ends it in one word, also while the command line is imported."""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from glassnet.command_line import main as run

        return run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
