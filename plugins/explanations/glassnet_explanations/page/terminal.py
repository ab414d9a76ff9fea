"""A page on a terminal."""

from __future__ import annotations

import sys

from glassnet_explanations.page.blocks import Page
from glassnet_explanations.page.markdown import to_markdown
from glassnet_explanations.page.narrow import narrow


def show(page: Page) -> None:
    """Print a page: with headings and tables on a terminal, and as Markdown elsewhere."""
    if not sys.stdout.isatty():
        sys.stdout.write(to_markdown(page))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(to_markdown(narrow(page, console.width))))
