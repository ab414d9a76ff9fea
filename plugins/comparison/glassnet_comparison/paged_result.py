"""A result that is written as one HTML file, and shown as a page in notebooks."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from glassnet_files.files import atomic_write, check_ending

if TYPE_CHECKING:
    from glassnet_explanations.page.blocks import Page


class PagedResult(ABC):
    """What is also a page.

    Attributes
    ----------
    plural
        What such results are called in messages.
    """

    plural: ClassVar[str]

    @abstractmethod
    def page(self) -> Page:
        """Return the page that shows the result."""

    def to_html(self) -> str:
        """Return the page as one HTML file that needs nothing else."""
        from glassnet_explanations.page.html import to_html

        return to_html(self.page())

    def _repr_html_(self) -> str:
        from glassnet_explanations.page.html import embedded

        return embedded(self.page())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page of `to_html`.

        Raises
        ------
        FileError
            If it cannot be written, or the path does not end in ``.html``.
        """
        path = check_ending(path, [".html"], f"{self.plural} are written as HTML")
        atomic_write(path, self.to_html().encode())
