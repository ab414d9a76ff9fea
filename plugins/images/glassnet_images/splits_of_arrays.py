"""Labelled arrays of images as splits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import glassnet as gn
from glassnet_images.array_files import LabelledArrays
from glassnet_images.pixels import Pixels
from glassnet_images.preprocessing import ImagePreprocessing
from glassnet_images.stratified import stratified


def splits_of_arrays(
    parts: Mapping[str, LabelledArrays], names: tuple[str, ...], pixels: Pixels, test: float, seed: int
) -> tuple[dict[str, gn.Split], tuple[str, ...]]:
    """Return the splits, with labels from 0, and the names of the classes.

    Parameters
    ----------
    parts
        The images by the part that they belong to.
    names
        The names of the classes in the order of their labels; empty if the labels are their names.
    pixels
        What bytes are brought to. Images of other types stay as they are, and have no preprocessing: their scale is
        not that of image files.
    test, seed
        The part of each class that is kept to test with if no part is called so, and where the choice comes from.

    Raises
    ------
    DataError
        If there are fewer than two classes, or a part has a class that the training does not have.
    """
    known = np.unique(parts["train"].y)
    if len(known) < 2:
        raise gn.DataError(f"all labels are {known[0].item()!r}; a classification needs images of two classes")
    if names and known.dtype.kind in "iu" and known[0] >= 0 and known[-1] < len(names):
        known = np.arange(len(names))
    classes = names if len(names) == len(known) else tuple(map(str, known.tolist()))
    read = {part: (_pixels(each.x, pixels), _labels(part, each.y, known)) for part, each in parts.items()}
    if "test" not in read and "validation" in read:
        read["test"] = read.pop("validation")
    if "test" not in read:
        x, y = read["train"]
        train, held_out = stratified(y, test, seed)
        read = {"train": (x[train], y[train]), "test": (x[held_out], y[held_out])}
    preprocessing = ImagePreprocessing(pixels, classes) if read["train"][0].dtype == np.uint8 else None
    return {part: gn.Split(x, y, preprocessing=preprocessing) for part, (x, y) in read.items()}, classes


def _pixels(x: gn.Array, pixels: Pixels) -> gn.Array:
    if x.dtype != np.uint8 or x.shape[1:] == pixels.shape:
        return x
    from PIL import Image

    return pixels.transform((Image.fromarray(each[..., 0] if x.shape[-1] == 1 else each) for each in x), {})


def _labels(part: str, y: gn.Array, known: gn.Array) -> gn.Array:
    strange = np.setdiff1d(y, known)
    if len(strange):
        raise gn.DataError(f"the part {part} has the label {strange[0].item()!r}, and the part train does not")
    return np.searchsorted(known, y).astype(np.int64)
