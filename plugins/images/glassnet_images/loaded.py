"""Labelled image files as a split: pixels in memory, or files that are read as they are needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_images.decoding import ImageFiles, decode_all
from glassnet_images.image_form import ImageForm
from glassnet_images.labelled_files import LabelledFiles

_NAMED = 5
# Images that are decoded together to see whether they are broken.
_AT_ONCE = 256


def loaded(
    files: LabelledFiles, classes: Sequence[str], form: ImageForm, *, skip_broken: bool, memory: int
) -> gn.Split:
    """Return images and their labels.

    Parameters
    ----------
    files, classes
        The images, and the names of all classes in the order of their labels.
    form
        What the images are brought to.
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
    labels = np.array([classes.index(name) for name in files.classes], np.int64)
    in_memory = len(labels) * math.prod(form.shape) <= memory
    if not in_memory and not skip_broken:
        return _in_files(files.paths, labels, form)
    pixels = np.empty((len(labels) if in_memory else _AT_ONCE, *form.shape), np.uint8)
    broken: dict[int, gn.GlassnetError] = {}
    for start in range(0, len(labels), len(pixels)):
        errors = decode_all(files.paths[start : start + len(pixels)], form, pixels)
        broken |= {start + row: error for row, error in errors.items()}
    kept = np.delete(np.arange(len(labels)), list(broken))
    if broken:
        _tell(files.paths, broken, skip_broken, len(kept))
    if in_memory:
        return gn.Split(pixels[kept] if broken else pixels, labels[kept])
    return _in_files([files.paths[row] for row in kept.tolist()], labels[kept], form)


def _in_files(paths: Sequence[Path], labels: gn.Array, form: ImageForm) -> gn.Split:
    images: Any = ImageFiles(paths, form)  # an array in files, which a plugin reads
    return gn.Split(images, labels)


def _tell(paths: Sequence[Path], broken: Mapping[int, gn.GlassnetError], is_skipped: bool, kept: int) -> None:
    """Warn of broken images, or raise `DataError`; both name them."""
    first = next(iter(broken.values()))
    if len(broken) == 1 and not is_skipped:
        raise gn.DataError(f"{first}; images(…, broken='skip') leaves it out")
    named = ", ".join(str(paths[row]) for row in list(broken)[:_NAMED])
    more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
    if not is_skipped:
        raise gn.DataError(
            f"{len(broken)} images are broken: {named}{more}; remove them, or leave them out: images(…, broken='skip')"
        )
    if kept == 0:
        raise gn.DataError(f"all {len(broken)} images are broken: {named}{more}; take another copy of them")
    gn.warn(f"{len(broken)} broken images are left out: {named}{more}")
