"""The files of a plot: pictures, animations and pages."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_plots.page import page
from glassnet_plots.pictures import Pictures
from glassnet_reports.plots import save_figure

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

# An animation lasts about six seconds, and shows its last picture longer.
_MILLISECONDS = 6000
_LAST_MILLISECONDS = 2000
_DPI = 80
PICTURES = (".png", ".svg", ".pdf")
ENDINGS = (*PICTURES, ".gif", ".html")


def check_ending(path: str | os.PathLike[str]) -> Path:
    """Return a path whose ending is that of a format; `FileError` for another one."""
    checked = Path(path)
    if checked.suffix.lower() not in ENDINGS:
        given = f"cannot end in {checked.suffix}" if checked.suffix else "needs an ending"
        raise gn.FileError(f"cannot write {path}: a plot {given}; choose one of {', '.join(ENDINGS)}")
    return checked


def save(pictures: Pictures, path: str | os.PathLike[str]) -> None:
    """Write a plot in the format that the file's ending names."""
    checked = check_ending(path)
    ending = checked.suffix.lower()
    if ending == ".gif":
        gn.atomic_write(checked, _as_gif(pictures))
    elif ending == ".html":
        gn.atomic_write(checked, page(pictures).encode())
    else:
        save_figure(pictures.figure, checked)


def _as_gif(pictures: Pictures) -> bytes:
    from PIL import Image

    images = [_image(pictures, number) for number in range(pictures.frames)]
    # Bright and dark as in the last picture: the frames share its colors.
    palette = images[-1].quantize(256)
    frames = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in images]
    durations = [max(60, _MILLISECONDS // len(frames))] * (len(frames) - 1) + [_LAST_MILLISECONDS]
    content = io.BytesIO()
    frames[0].save(
        content, "gif", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=False, disposal=1
    )
    return content.getvalue()


def _image(pictures: Pictures, number: int) -> Picture:
    from PIL import Image

    picture = io.BytesIO()
    pictures.frame(number).savefig(picture, format="png", dpi=_DPI)
    return Image.open(picture).convert("RGB")
