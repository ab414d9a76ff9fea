"""Notes on rows, which are added up where a table is read in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

_MOST_SHOWN = 3


class CountedNote(str):
    """A note on a number of cells or rows.

    Attributes
    ----------
    number, examples
        The number, and some of the cells, each once.
    """

    number: int
    examples: tuple[str, ...]
    _write: Callable[[int, str], str]

    def __new__(cls, write: Callable[[int, str], str], count: int, examples: Iterable[str] = ()) -> CountedNote:
        """Make a note of what `write` returns for the number and the examples as text."""
        kept = tuple(dict.fromkeys(examples))[: _MOST_SHOWN + 1]
        shown = ", ".join(map(repr, kept[:_MOST_SHOWN])) + (", …" if len(kept) > _MOST_SHOWN else "")
        made = super().__new__(cls, write(count, shown))
        made.number, made.examples, made._write = count, kept, write
        return made

    @property
    def subject(self) -> str:
        """What the note says of no cell, which is the same for the notes that are added up."""
        return self._write(0, "")

    def with_more(self, other: CountedNote) -> CountedNote:
        """Return the note on the cells of both."""
        return CountedNote(self._write, self.number + other.number, (*self.examples, *other.examples))


def added_up(notes: Sequence[str]) -> list[str]:
    """Return notes on several pieces of a table as notes on all of them, each once."""
    found: dict[str, str] = {}
    for note in notes:
        subject = note.subject if isinstance(note, CountedNote) else note
        before = found.get(subject)
        is_more = isinstance(before, CountedNote) and isinstance(note, CountedNote)
        found[subject] = before.with_more(note) if is_more else note  # type: ignore[union-attr]
    return list(found.values())


def without_target(name: str, count: int) -> CountedNote:
    """Return the note on rows that have no value of the target."""

    def write(rows: int, _: str) -> str:
        return (
            f"{rows:,} row{' has' if rows == 1 else 's have'} no {name!r} and {'is' if rows == 1 else 'are'} left out"
        )

    return CountedNote(write, count)
