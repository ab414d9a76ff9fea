"""Labelled image files as splits: pixels in memory, or files that are read as they are needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_images.decoding import ImageFiles, decode_all
from glassnet_images.labelled_files import LabelledFiles
from glassnet_images.preprocessing import ImagePreprocessing

_NAMED = 5
# Images that are decoded together to see whether they are broken.
_AT_ONCE = 256


def loaded(
    parts: Mapping[str, LabelledFiles], preprocessing: ImagePreprocessing, *, skip_broken: bool, memory: int
) -> dict[str, gn.Split]:
    """Return the images and labels of each part.

    Parameters
    ----------
    parts, preprocessing
        The images; and what they are brought to, with the names of all classes or the scale of all numbers.
    skip_broken
        Whether broken images are left out, with a warning that names them.
    memory
        The number of bytes up to which all pixels are kept in memory.

    Raises
    ------
    DataError
        If images are broken, with their names. Images that stay in their files are looked at when a training starts,
        unless `skip_broken`.
    """
    form = preprocessing.pixels
    paths = [path for files in parts.values() for path in files.paths]
    in_memory = len(paths) * math.prod(form.shape) <= memory
    pixels = np.empty((len(paths) if in_memory else _AT_ONCE, *form.shape), np.uint8)
    broken: dict[int, gn.GlassnetError] = {}
    if in_memory or skip_broken:
        for start in range(0, len(paths), len(pixels)):
            errors = decode_all(paths[start : start + len(pixels)], form, pixels)
            broken |= {start + row: error for row, error in errors.items()}
    if broken:
        _tell(paths, broken, skip_broken)
    splits: dict[str, gn.Split] = {}
    start = 0
    for part, files in parts.items():
        stop = start + len(files.paths)
        rows = [row for row in range(start, stop) if row not in broken]
        if not rows:
            raise gn.DataError(f"all images for the part {part} are broken; take another copy of them")
        read: Any = ImageFiles([paths[row] for row in rows], form)  # an array in files, which a plugin reads
        if in_memory:
            read = pixels[start:stop] if len(rows) == stop - start else pixels[rows]
        labels = preprocessing.targets([files.labels[row - start] for row in rows])
        splits[part] = gn.Split(read, labels, preprocessing=preprocessing)
        start = stop
    return splits


def _tell(paths: Sequence[Path], broken: Mapping[int, gn.GlassnetError], is_skipped: bool) -> None:
    """Warn of broken images, or raise `DataError`; both name them."""
    named = ", ".join(str(paths[row]) for row in list(broken)[:_NAMED])
    more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
    s = "image is" if len(broken) == 1 else "images are"
    if is_skipped:
        gn.warn(f"{len(broken)} broken {s} left out: {named}{more}")
    elif len(broken) == 1:
        raise gn.DataError(f"{next(iter(broken.values()))}; images(…, broken='skip') leaves it out")
    else:
        raise gn.DataError(
            f"{len(broken)} images are broken: {named}{more}; remove them, or leave them out: images(…, broken='skip')"
        )
