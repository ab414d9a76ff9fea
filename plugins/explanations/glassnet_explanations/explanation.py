"""An explanation: the numbers of one training step, and how they are shown."""

from __future__ import annotations

import os
from typing import Any

import attrs

from glassnet_explanations.arithmetic.line import Line
from glassnet_explanations.page import html, markdown, plain
from glassnet_explanations.page.contents import page_of
from glassnet_explanations.page.saving import save_page
from glassnet_explanations.step_numbers import StepNumbers
from glassnet_explanations.unfolding import unfold


@attrs.frozen(eq=False, repr=False)
class Explanation(StepNumbers):
    """All numbers of one training step, which shows itself as text, Markdown, HTML and JSON."""

    def to_markdown(self, digits: int = 5) -> str:
        """Return everything as Markdown, with numbers of this number of digits that count."""
        return markdown.to_markdown(page_of(self), digits)

    def to_html(self) -> str:
        """Return everything as the text of one HTML file, which needs no other file and no network."""
        return html.to_html(page_of(self))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values: all arrays as lists, and the lines of arithmetic in full precision."""
        return plain.to_dict(self)

    def unfold(self, element: str, levels: int | None = None) -> list[Line]:
        """Return the lines of arithmetic that lead to an element, the first ones first.

        Parameters
        ----------
        element
            Its name: ``"1.y[0, 3]"`` of an output, ``"d1.weights[0, 1]"`` of a gradient, ``"1.weights[0, 1] change"``,
            of a variable of the layer, ``"1.attention[0, 0, 1, 2]"``, or ``"loss"``, without penalties.
        levels
            How many operations to go back; None for all, to the first input, the parameters and the loss.

        Raises
        ------
        OptionError
            If there is no such element, or its layer cannot be traced.
        """
        return unfold(self, element, levels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file: HTML, Markdown or JSON, as its ending says.

        Raises
        ------
        FileError
            If it cannot be written, or has another ending.
        """
        save_page(page_of(self), self.to_dict, path)

    def _repr_html_(self) -> str:
        return html.embedded(page_of(self))
