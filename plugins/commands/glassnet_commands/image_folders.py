"""Images and folders of images for a network that was trained on such."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import glassnet as gn
from glassnet.registry.spec import Spec
from glassnet_images.labelled_files import images_below
from glassnet_images.preprocessing import ImagePreprocessing
from glassnet_tables.table_file import is_table_file


def single_files(network: gn.Network, files: Sequence[Path]) -> list[Path]:
    """Return files, and those in folders if the network was trained on images of any size.

    Raises
    ------
    DataError
        If a folder has no images.
    """
    if not isinstance(network.preprocessing, ImagePreprocessing):
        return list(files)
    found: list[Path] = []
    for file in files:
        inside = images_below(file) if file.is_dir() else [file]
        if not inside:
            raise gn.DataError(f"{file} has no images; give a folder with images, or an image")
        found += inside
    return found


def labelled_images(network: gn.Network, dataset: str) -> tuple[str, gn.Split] | None:
    """Return the name and all images of a folder of classes or of a table, for a network of images; None for others."""
    place = Path(os.path.expanduser(dataset))
    is_labelled = place.is_dir() or (place.is_file() and is_table_file(place))
    if not isinstance(network.preprocessing, ImagePreprocessing) or not is_labelled:
        return None
    return repr(gn.create("dataset", Spec("images", (dataset,)))), network.preprocessing.split(place)
