"""Tables and texts of rich, printed without the blanks that fill their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def print_fitted(console: Console, shown: RenderableType) -> None:
    """Print something as wide as the console. In a file or a pipe, no line ends in blanks.

    Parameters
    ----------
    console
        Where to.
    shown
        A table, a text, or anything else that rich prints.
    """
    if console.is_terminal:
        console.print(shown)
        return
    with console.capture() as captured:
        console.print(shown)
    for line in captured.get().splitlines():
        console.out(line.rstrip(), highlight=False)
