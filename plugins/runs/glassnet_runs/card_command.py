"""``glassnet card``: a model card of a run."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from glassnet_commands.completed import runs
from glassnet_commands.echoed import echo

_CARD, _PAGE = "README.md", "card.html"


@click.command()
@click.argument("run", type=click.Path(path_type=Path), shell_complete=runs())
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write this file alone, as Markdown (.md) or HTML (.html); by default README.md and card.html in RUN.",
)
def card(run: Path, out: Path | None) -> None:
    """Write a model card: what a trained network does, how good it is, and what is known against it.

    RUN is the folder of a run. The card tells data, task, figures with their spread, plots, time and energy, how to
    reproduce the run, and limitations. Markdown has the form of Hugging Face; HTML is one page that needs nothing else.
    """
    # Late: to list this command is not to need what it opens.
    import glassnet as gn
    from glassnet_files.files import check_ending
    from glassnet_runs.card.facts import facts_of
    from glassnet_runs.card.text import to_html, to_markdown

    files = (
        [run / _CARD, run / _PAGE]
        if out is None
        else [check_ending(out, [".md", ".html"], "cards are written as Markdown or HTML")]
    )
    if out is None:
        _check_is_ours(run / _CARD)
    with contextlib.redirect_stdout(sys.stderr):
        facts = facts_of(run)
    for file in files:
        write = to_html if file.suffix.lower() == ".html" else to_markdown
        gn.atomic_write(file, write(facts, file.parent).encode())
        echo(f"{file}: {file.stat().st_size:,} bytes")


def _check_is_ours(file: Path) -> None:
    """Raise `FileError` if there is a file of that name that is not a card: somebody has written it."""
    import glassnet as gn

    if file.exists() and b'library_name: "glassnet"' not in gn.read_whole(file)[:1000]:
        raise gn.FileError(f"{file} is there and is not a card of glassnet; name another file: --out card.md")
