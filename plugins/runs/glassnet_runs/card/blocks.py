"""The parts of a card, and what they are in Markdown and in HTML."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Protocol

import attrs

import glassnet as gn

# In Markdown these would begin or end something.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


class Block(Protocol):
    """A part of a card."""

    def markdown(self) -> str:
        """Return it as Markdown."""

    def html(self) -> str:
        """Return it as HTML."""


@attrs.frozen
class Paragraph:
    """Text."""

    text: str

    def markdown(self) -> str:
        return safe(self.text)

    def html(self) -> str:
        return f"<p>{_in_html(self.text)}</p>"


@attrs.frozen
class Points:
    """Sentences, one under the other."""

    points: Sequence[str]

    def markdown(self) -> str:
        return "\n".join(f"- {safe(each)}" for each in self.points)

    def html(self) -> str:
        return f"<ul>{''.join(f'<li>{_in_html(each)}</li>' for each in self.points)}</ul>"


@attrs.frozen
class Grid:
    """A table of text."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        lines = [[*map(safe, self.heads)], ["---"] * len(self.heads), *[[*map(safe, row)] for row in self.rows]]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def html(self) -> str:
        head = "".join(f"<th>{_in_html(each)}</th>" for each in self.heads)
        rows = "".join(f"<tr>{''.join(f'<td>{_in_html(cell)}</td>' for cell in row)}</tr>" for row in self.rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


@attrs.frozen
class Code:
    """Lines for a shell or a file."""

    text: str
    language: str

    def markdown(self) -> str:
        fence = "`" * max(3, *(len(each) + 1 for each in re.findall("`+", self.text) or [""]))
        return f"{fence}{self.language}\n{self._lines()}\n{fence}"

    def html(self) -> str:
        return f"<pre>{escape(self._lines())}</pre>"

    def _lines(self) -> str:
        return "\n".join(map(gn.escaped, self.text.split("\n")))


@attrs.frozen
class Picture:
    """A PNG file: a link from Markdown, and a part of the page in HTML."""

    title: str
    file: Path
    link: str

    def markdown(self) -> str:
        return f"![{safe(self.title)}]({self.link})"

    def html(self) -> str:
        content = base64.b64encode(gn.read_whole(self.file)).decode()
        return f'<img alt="{_in_html(self.title)}" src="data:image/png;base64,{content}">'


def safe(text: str) -> str:
    """Return text in one line that Markdown shows as it is, and that a terminal can show."""
    return _SPECIAL.sub(r"\\\1", gn.escaped(" ".join(text.split())))


def _in_html(text: str) -> str:
    return escape(gn.escaped(text))
