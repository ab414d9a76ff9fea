"""A plot with its numbers, which draws and saves itself."""

from __future__ import annotations

import os
from typing import Any

import attrs
import numpy as np

from glassnet_plots.page import fragment
from glassnet_plots.pictures import Pictures


@attrs.frozen(eq=False, slots=False)
class Drawing(Pictures):
    """A plot of one network or run, with the attributes of `Pictures`.

    A notebook shows it; with several frames, as an animation.
    """

    def __repr__(self) -> str:
        frames = f", {self.frames} frames" if self.frames > 1 else ""
        return f"<plot {self.plot!r}{frames}; write it with .save('{self.plot.title()}.png'), or .svg, .gif, .html>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file in the format of its ending: .png, .svg, .pdf; or .gif and .html, which are animated.

        Raises
        ------
        FileError
            If the ending is another one, or the file cannot be written.
        """
        from glassnet_plots.files import save

        save(self, path)

    def _repr_html_(self) -> str:
        return fragment(self)

    def as_plain(self) -> dict[str, Any]:
        """Return the numbers as JSON holds them: arrays as lists, with six digits."""
        plain: dict[str, Any] = _plain(self.numbers)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(below) for name, below in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
