"""Lines on standard output and standard error."""

from __future__ import annotations

import click

from glassnet.errors import escaped


def echo(line: str, err: bool = False) -> None:
    """Print one line. Names and paths in it may come from a file, so control characters are escaped."""
    click.echo(escaped(line), err=err)
