"""A page on a terminal."""

from __future__ import annotations

import sys


def show(markdown: str) -> None:
    """Print Markdown: with headings and tables on a terminal, as it is elsewhere."""
    if not sys.stdout.isatty():
        sys.stdout.write(markdown)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(markdown))
