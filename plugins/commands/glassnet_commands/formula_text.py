"""Formulas for a terminal: one equation a line, broken only between terms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
# Where a line may end: behind a comma, semicolon or colon, and before an operator.
_BETWEEN_TERMS = re.compile(r"(?<=[,;:]) +| +(?=(?:[-+=/*]|if|else|where|with|of|over|for|and|that|the) )")
# Where to break, and inside of how many brackets. The next way is for pieces that are still too long.
_WAYS = ((_BETWEEN_TERMS, 0), (_BETWEEN_TERMS, 1), (re.compile(" +"), 1), (re.compile(" +"), 9))


def wrapped_formula(formula: str, width: int) -> list[str]:
    """Return a formula in lines: a line for each equation; a long one continues, set in, on lines of its own.

    A line ends between two terms outside of all brackets. If those are too long, it ends between terms in brackets, and
    only last within a term.
    """
    lines: list[str] = []
    for equation in _split(formula, re.compile(r"(?<=[,;])  +"), 0):
        for number, line in enumerate(_filled(equation, width)):
            lines.append(line if number == 0 else f"  {line}")
    return lines


def _filled(equation: str, width: int) -> list[str]:
    """Return pieces of an equation joined to lines; those behind the first have two columns less."""
    lines = [""]
    for piece in _pieces(equation, width - 2):
        room = width if len(lines) == 1 else width - 2
        joined = f"{lines[-1]} {piece}".strip()
        if lines[-1] and len(joined) > room:
            lines.append(piece)
        else:
            lines[-1] = joined
    return lines


def _pieces(text: str, width: int, ways: Sequence[tuple[re.Pattern[str], int]] = _WAYS) -> Iterator[str]:
    """Iterate over pieces that are short enough, broken in the first of the `ways` that makes them so."""
    if len(text) <= width or not ways:
        yield text
        return
    for piece in _split(text, *ways[0]):
        yield from _pieces(piece, width, ways[1:])


def _split(text: str, between: re.Pattern[str], depth: int) -> list[str]:
    """Split a text where `between` matches inside of at most `depth` brackets."""
    pieces, start, opened, at = [], 0, 0, 0
    for match in between.finditer(text):
        opened += sum(_BRACKETS.get(sign, 0) for sign in text[at : match.start()])
        at = match.start()
        if opened <= depth and match.start() > start:
            pieces.append(text[start : match.start()])
            start = match.end()
    return [*pieces, text[start:]]
