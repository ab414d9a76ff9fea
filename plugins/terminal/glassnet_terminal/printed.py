"""Tables and texts of rich, printed without the blanks that fill their lines and without control characters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, RenderableType
from rich.segment import Segment

from glassnet.errors import escaped


class SafeConsole(Console):
    """A console that escapes the control characters in what it prints: names and paths may come from a file."""

    def render(self, renderable: RenderableType, options: Any = None) -> Iterable[Segment]:
        """Return the segments of something that rich prints; those that rich itself steers a terminal with stay."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or text.isprintable():
                yield segment
            else:
                yield Segment("\n".join(map(escaped, text.split("\n"))), segment.style)


def print_fitted(console: Console, shown: RenderableType) -> None:
    """Print something as wide as the console, in a notebook as HTML. In a file or a pipe, no line ends in blanks.

    Parameters
    ----------
    console
        Where to.
    shown
        A table, a text, or anything else that rich prints.
    """
    if console.is_terminal or console.is_jupyter:
        console.print(shown)
        return
    with console.capture() as captured:
        console.print(shown)
    for line in captured.get().splitlines():
        console.out(line.rstrip(), highlight=False)
