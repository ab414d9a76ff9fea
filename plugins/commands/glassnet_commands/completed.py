"""Names that a shell completes: what is installed, and what is in the folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from glassnet.errors import GlassnetError
from glassnet.registry.registry import registry

# In bytes. The columns of a larger file take too long to be read.
_LARGEST_TABLE = 20_000_000
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def one_of(*words: str) -> Completer:
    """Return what completes one of some words."""
    return _of(lambda _: words)


def names_in(source: Callable[[], Iterable[str]]) -> Completer:
    """Return what completes the names that a function gives, which is called when they are needed."""
    return _of(lambda _: sorted(source()))


def columns(argument: str) -> Completer:
    """Return what completes the columns of the table that is the value of an argument."""

    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        # While an option has no value yet, click leaves arguments among the words that it has not read.
        words = [ctx.params.get(argument), *ctx.args]
        names = [name for word in words if isinstance(word, str) for name in _columns_of(word)]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]

    return complete


def specs(kind: str) -> Completer:
    """Return what completes the last name in a text of specs: a component, an option, or the value of an option."""
    return _of(lambda text: _specs(text, kind))


def components() -> Completer:
    """Return what completes ``KIND:NAME``."""

    def completed(_: str) -> Iterator[str]:
        for entry in registry.entries():
            yield f"{entry.kind.name}:{registry.name_for(entry)}"

    return _of(completed)


def kinds(*besides: str) -> Completer:
    """Return what completes a kind, and other words in the same place."""
    return _of(lambda _: [*registry.kinds, *besides])


def distributions() -> Completer:
    """Return what completes the distribution of a plugin."""
    return _of(lambda _: sorted({entry.distribution for entry in registry.entries()}))


def runs(*endings: str, kind: str | None = None) -> Completer:
    """Return what completes the folder of a run, a file with one of the endings, and specs of a kind."""

    def completed(text: str) -> Iterator[str]:
        yield from _specs(text, kind) if kind is not None else ()
        yield from _runs_and_files(text, endings)

    return _of(completed, otherwise="file" if endings else "dir")


def _of(candidates: Callable[[str], Iterable[str]], otherwise: str | None = None) -> Completer:
    """Return what completes to those candidates that begin as the text; without candidates, to a file or folder."""

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
        found = [CompletionItem(each) for each in candidates(incomplete) if each.startswith(incomplete)]
        return found or ([CompletionItem(incomplete, type=otherwise)] if otherwise else [])

    return complete


def _specs(text: str, kind: str) -> Iterator[str]:
    # Late: every command imports this module to be listed.
    from glassnet_commands.spec_completion import completed_specs

    return completed_specs(text, [each.name for each in registry.in_place_of(kind)])


def _columns_of(file: str) -> list[str]:
    from glassnet_tables.table_file import is_table_file, read_file

    path = Path(file)
    if not is_table_file(path) or not path.is_file() or path.stat().st_size > _LARGEST_TABLE:
        return []
    try:
        found: list[str] = read_file(path).columns
    except GlassnetError:  # the command says what is wrong
        return []
    return found


def _runs_and_files(text: str, endings: tuple[str, ...]) -> Iterator[str]:
    # Late: every command imports this module to be listed.
    from glassnet_persistence.run_files import EXPERIMENT

    above = os.path.dirname(text)
    for folder in dict.fromkeys((above, os.path.join(above, "runs"))):
        for path in sorted(Path(folder or ".").glob("*")):
            if (path / EXPERIMENT).is_file() or (path.suffix in endings and path.is_file()):
                yield os.path.join(folder, path.name)
