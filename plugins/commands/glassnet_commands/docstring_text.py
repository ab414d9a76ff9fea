"""Docstrings for a terminal: each paragraph broken into lines anew, with its indentation."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

# A literal such as ``(batch, time)`` stays on one line: its spaces are hidden from the wrapping.
_LITERAL = re.compile(r"``.+?``")
_HIDDEN_SPACE = "\N{NO-BREAK SPACE}"
_ITEM = re.compile(r"[-*] +")
_UNDERLINE = re.compile(r"-{3,}")
# Examples, tables, and columns that are aligned with spaces.
_VERBATIM = re.compile(r">>> |\.\.\. |\||\S.*\S {2,}\S")


@dataclass
class _Paragraph:
    """Lines that belong together: the first is indented by `indent`, the others by `hang`."""

    indent: int
    hang: int
    text: str


def wrapped_docstring(docstring: str, width: int) -> list[str]:
    """Return the lines of a docstring, each at most `width` wide where its words allow that."""
    lines: list[str] = []
    for paragraph in _paragraphs(docstring):
        lines += _wrapped(paragraph, width) if isinstance(paragraph, _Paragraph) else [paragraph]
    return lines


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return text in lines that are indented; literals are not broken."""
    return _wrapped(_Paragraph(len(indent), len(indent), text), width)


def _paragraphs(docstring: str) -> Iterator[_Paragraph | str]:
    """Iterate over paragraphs, and over lines that stay as they are."""
    current: _Paragraph | None = None
    for line in docstring.splitlines():
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text or _UNDERLINE.fullmatch(text) or _VERBATIM.match(text):
            if current is not None:
                yield current
            current = None
            yield line.rstrip()
        elif current is not None and indent == current.hang and not _ITEM.match(text):
            current.text += f" {text}"
        else:
            if current is not None:
                yield current
            item = _ITEM.match(text)
            current = _Paragraph(indent, indent + len(item[0] if item else ""), text)
    if current is not None:
        yield current


def _wrapped(paragraph: _Paragraph, width: int) -> list[str]:
    hidden = _LITERAL.sub(lambda match: match[0].replace(" ", _HIDDEN_SPACE), paragraph.text)
    lines = textwrap.wrap(
        hidden,
        width,
        initial_indent=" " * paragraph.indent,
        subsequent_indent=" " * paragraph.hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_HIDDEN_SPACE, " ") for line in lines]
