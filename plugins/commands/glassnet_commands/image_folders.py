"""Images and folders of images for a network that was trained on such."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import glassnet as gn
from glassnet_images.images import Images
from glassnet_images.labelled_files import images_below
from glassnet_images.preprocessing import ImagePreprocessing


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


def labelled_folder(network: gn.Network, source: gn.DataSource) -> gn.Split | None:
    """Return all images of a folder of classes, for a network that was trained on one; None for other data."""
    if not isinstance(network.preprocessing, ImagePreprocessing) or not isinstance(source, Images):
        return None
    folder = Path(source.path).expanduser()
    return network.preprocessing.split(folder) if folder.is_dir() else None
