"""Which image has which label: one folder for each class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import attrs

import glassnet as gn
from glassnet_images.decoding import is_image_file

# What people call the folders of the parts of a dataset.
_PARTS = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


@attrs.frozen
class LabelledFiles:
    """Image files and the label of each, in the order of the names of the files.

    Attributes
    ----------
    paths, labels
        One for each image. Labels are text: the name of a class, or a number as a table has it.
    column
        The column of a table that has the labels; empty for the names of folders.
    """

    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    column: str = ""

    def chosen(self, rows: Sequence[int]) -> LabelledFiles:
        """Return some of the images."""
        paths = tuple(self.paths[row] for row in rows)
        return attrs.evolve(self, paths=paths, labels=tuple(self.labels[row] for row in rows))


def files_of_folder(folder: Path, least: int = 2) -> dict[str, LabelledFiles]:
    """Return the images below a folder by the part that they belong to: ``"train"``, and others if there are such.

    Each folder in `folder` is a class. If the folders are called train, val and test, each is a part with folders of
    classes. A folder that holds nothing but one folder stands for that one.

    Parameters
    ----------
    folder
        The folder.
    least
        The number of classes that there have to be.

    Raises
    ------
    DataError
        If there are fewer classes with images, or the parts have different ones.
    """
    subfolders = _subfolders(folder)
    while len(subfolders) == 1 and not images_in(folder) and _subfolders(subfolders[0]):
        folder, subfolders = subfolders[0], _subfolders(subfolders[0])
    parts = _parts(subfolders)
    if not parts:
        return {"train": _files_of_classes(folder, least)}
    found = {part: _files_of_classes(place, least) for part, place in parts.items()}
    known = set(found["train"].labels)
    for part, files in found.items():
        if strange := sorted(set(files.labels) - known):
            raise gn.DataError(
                f"{parts[part]} has the class {strange[0]!r}, and {parts['train']} does not; give both the same folders"
            )
    return found


def _parts(subfolders: Sequence[Path]) -> dict[str, Path]:
    """Return the folders of the parts of a dataset; none if the folders are those of classes."""
    by_name = {each.name.lower(): each for each in subfolders}
    parts = {part: by_name[name] for part, names in _PARTS.items() for name in names if name in by_name}
    return parts if ("train" in parts and len(parts) > 1) or (set(parts) == {"train"} and len(subfolders) == 1) else {}


def _files_of_classes(folder: Path, least: int) -> LabelledFiles:
    found = {each.name: images_below(each) for each in _subfolders(folder)}
    for name in [name for name, paths in found.items() if not paths]:
        gn.warn(f"the folder {folder / name} has no images, so it is not a class")
        del found[name]
    if len(found) < least:
        raise gn.DataError(_too_few_classes(folder, sorted(found)))
    return LabelledFiles(
        tuple(path for paths in found.values() for path in paths),
        tuple(name for name, paths in found.items() for _ in paths),
    )


def _too_few_classes(folder: Path, found: list[str]) -> str:
    flat = len(images_in(folder))
    there = f"{folder} has images of one class, {found[0]!r}" if found else f"{folder} has no folders with images"
    if flat:
        there += f", and {flat} images beside"
    return (
        f"{there}; put the images of each class into a folder of its own, such as {folder.name}/cats and "
        f"{folder.name}/dogs, or give a table of names and labels: images('labels.csv')"
    )


def _subfolders(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith((".", "__")))


def images_in(folder: Path) -> list[Path]:
    """Return the images in a folder, without those in folders inside of it."""
    return sorted(each for each in folder.iterdir() if each.is_file() and is_image_file(each.name))


def images_below(folder: Path) -> list[Path]:
    """Return the images in a folder and in all folders inside of it."""
    return sorted(Path(place, name) for place, _, names in os.walk(folder) for name in names if is_image_file(name))
