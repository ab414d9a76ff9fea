"""What a network that was trained on images does to new ones: it is saved in the model file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_images.decoding import ImageFiles, decode
from glassnet_images.label_table import files_of_table, table_in
from glassnet_images.labelled_files import files_of_folder, images_below
from glassnet_images.pixels import Pixels
from glassnet_tables.frames import as_column
from glassnet_tables.saved import plain_target, target_arrays, target_made_again
from glassnet_tables.table_file import is_table_file
from glassnet_tables.target import Target

_MOST_LISTED = 10


@attrs.frozen(eq=False)
class ImagePreprocessing:
    """Brings images to the size of the training, and names the classes or scales the numbers.

    Attributes
    ----------
    pixels
        The transform.
    classes
        The names of the classes in the order of their labels; empty for a regression.
    target
        The numbers of a regression, and their unit; None for a classification.
    """

    pixels: Pixels
    classes: tuple[str, ...]
    target: Target | None = None

    name = "images"

    def is_for(self, x: Any) -> bool:
        """Return whether `x` is the path of an image or of a folder, an image of Pillow, or a list of such."""
        return _is_image(x) or (isinstance(x, (list, tuple)) and len(x) > 0 and all(map(_is_image, x)))

    def samples(self, x: Any) -> Any:
        """Return the pixels of images, ``(images, height, width, channels)`` uint8; files are read as they are needed.

        Raises
        ------
        FileError, DataError
            If an image is missing or broken; the message names it.
        """
        given = [x] if _is_image(x) else list(x)
        if not any(map(_is_opened, given)):
            return ImageFiles([path for each in given for path in _paths(Path(os.path.expanduser(each)))], self.pixels)
        return np.stack([self.pixels.of(x) if _is_opened(x) else decode(Path(x), self.pixels) for x in given])

    def split(self, x: Any, y: Any = None) -> gn.Split:
        """Return images and their labels: those of a folder of classes or of a table, or `y`, names or numbers.

        Raises
        ------
        DataError
            If a class is not one of the training.
        """
        if y is None:
            x, y = self._labelled(Path(os.path.expanduser(x))) if isinstance(x, (str, Path)) else (x, None)
        if y is None:
            raise gn.DataError("got images without labels; give a folder with a folder for each class, or y")
        return gn.Split(self.samples(x), self.targets(y), preprocessing=self)

    def _labelled(self, place: Path) -> tuple[list[Path], list[str]]:
        table = table_in(place) if place.is_dir() else place if is_table_file(place) else None
        if table is not None:
            files = files_of_table(table, None if self.target is None else self.target.name)
        elif place.is_dir():
            parts = files_of_folder(place, least=1)
            files = parts.get("test", parts["train"])
        else:
            raise gn.DataError(f"{place} is not a folder with a folder for each class, and there are no labels")
        return list(files.paths), list(files.labels)

    def targets(self, y: Any) -> gn.Array:
        """Return labels ``(images,)`` for classes by name, or transformed numbers ``(images, 1)``.

        Raises
        ------
        DataError
            If a class is not one of the training, or a number cannot be read.
        """
        if self.target is not None:
            column = as_column(y, self.target.name)
            known = self.target.known(column)
            if not known.all():
                cell = column.filter(~known)[0]
                raise gn.DataError(f"{str(cell)!r} is not a value of {self.target.name!r}; each image needs a number")
            return self.target.targets(column).astype(np.float32)
        given = np.asarray(y)
        if given.dtype.kind != "U":
            return given
        unknown = sorted(set(given.tolist()) - set(self.classes))
        if unknown:
            raise gn.DataError(
                f"the class {unknown[0]!r} is not one of the training{gn.did_you_mean(unknown[0], self.classes)}; "
                f"its classes: {', '.join(self.classes)}"
            )
        return np.array([self.classes.index(name) for name in given.tolist()], np.int64)

    def in_units(self, values: gn.Array) -> gn.Array:
        """Return numbers in the units of the target; labels and probabilities as they are."""
        return values if self.target is None else self.target.in_units(values)

    def answers(self, outputs: gn.Array) -> gn.Array:
        """Return a probability for each class, or the number of each image in its unit, ``(images,)``."""
        return outputs if self.target is None else self.in_units(outputs)[:, 0]

    def task_sentence(self) -> str:
        """Return in words what is learnt, and what images are brought to."""
        if self.target is not None:
            unit = f" in {self.target.format.unit}" if self.target.format.unit else ""
            return f"regression of {self.target.name}{unit} by images; {self.pixels!r}"
        named = ", ".join(self.classes[:_MOST_LISTED]) + (", …" if len(self.classes) > _MOST_LISTED else "")
        return f"classification of images into {len(self.classes)} classes: {named}; {self.pixels!r}"

    def shown(self) -> Any:
        """Return the transform and the classes as text of rich."""
        from rich.text import Text

        return Text(f"Images\n{self.task_sentence()}")

    def described(self) -> dict[str, Any]:
        """Return plain values that make it again."""
        plain: dict[str, Any] = {"pixels": repr(self.pixels), "classes": list(self.classes)}
        return plain if self.target is None else {**plain, "target": plain_target(self.target)}

    def arrays(self) -> dict[str, gn.Array]:
        """Return the fitted arrays of a regression by name."""
        return {} if self.target is None else target_arrays(self.target)


def made_again(described: dict[str, Any], arrays: dict[str, gn.Array]) -> ImagePreprocessing:
    """Return the preprocessing that `ImagePreprocessing.described` describes."""
    pixels = gn.create("transform", described["pixels"])
    if not isinstance(pixels, Pixels):
        raise gn.ModelFileError(f"the transform of the images is {pixels!r}, not pixels; take another copy")
    target = None if described.get("target") is None else target_made_again(described["target"], arrays)
    return ImagePreprocessing(pixels, tuple(map(str, described["classes"])), target)


def _is_image(x: Any) -> bool:
    return isinstance(x, (str, Path)) or _is_opened(x)


def _is_opened(x: Any) -> bool:
    return hasattr(x, "getexif") and hasattr(x, "convert")


def _paths(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = images_below(path)
    if not found:
        raise gn.DataError(f"{path} has no images; give a folder with images, or an image")
    return found
