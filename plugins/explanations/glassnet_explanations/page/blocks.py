"""The parts of a page, before it is written as text, Markdown or HTML."""

from __future__ import annotations

import attrs

from glassnet.types import Array
from glassnet_explanations.arithmetic.line import Line, number_text


@attrs.frozen
class Text:
    """A paragraph."""

    text: str


@attrs.frozen
class Formula:
    """A formula in plain text, what it is of, and the numbers that it calls by name."""

    title: str
    text: str
    settings: dict[str, float] = attrs.field(factory=dict)

    @property
    def given(self) -> str:
        """The settings as text, or an empty text."""
        return ", ".join(f"{name} = {number_text(value)}" for name, value in self.settings.items())


@attrs.frozen(eq=False)
class Lines:
    """Lines of arithmetic, and a remark on those that are left out, or an empty text."""

    title: str
    lines: tuple[Line, ...]
    left_out: str = ""


@attrs.frozen(eq=False)
class ArrayBlock:
    """An array by its name, as a heat map where the page has pictures.

    Attributes
    ----------
    layout
        Which two axes are a picture's: of ``"images"`` rows and columns, before the channels; of a ``"kernel"`` the
        first two; else the last two.
    marked
        Flat indices of elements that are framed.
    axes
        What the axes are called; empty if that is not known.
    """

    name: str
    value: Array
    layout: str = "matrices"
    marked: frozenset[int] = frozenset()
    axes: tuple[str, ...] = ()

    @property
    def axes_text(self) -> str:
        """What the axes are called, as text; empty if only the first is known to be the samples."""
        is_known = self.layout != "images" or self.value.ndim > 3
        return ", ".join(self.axes) if is_known else ""


@attrs.frozen
class Table:
    """Rows of names and numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]
    left_out: str = ""

    @property
    def is_text(self) -> list[bool]:
        """Whether each column has texts: the first has, and others if their first cell is one."""
        first = self.rows[0] if self.rows else ()
        return [True, *(isinstance(cell, str) for cell in first[1:])] if first else [True] * len(self.header)


@attrs.frozen(eq=False)
class Chart:
    """Lines over the steps of a training, by their names.

    Attributes
    ----------
    counted, first
        What the places of a line are, and the number of the first one.
    whole
        The line that the others add up to, if there is one: it is drawn below them, broad and pale.
    """

    title: str
    lines: dict[str, Array]
    counted: str = "step"
    first: int = 0
    whole: str | None = None


Block = Text | Formula | Lines | ArrayBlock | Table | Chart


@attrs.frozen
class Section:
    """A part of a page.

    Attributes
    ----------
    title
        Its heading.
    blocks, sections
        What it shows, and the parts within it.
    is_open
        Whether it is shown at first where sections can be closed.
    """

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    is_open: bool = True


@attrs.frozen
class Page:
    """A page: its title, what comes first, and its sections."""

    title: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
