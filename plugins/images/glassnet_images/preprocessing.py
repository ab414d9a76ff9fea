"""What a network that was trained on images does to new ones: it is saved in the model file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_images.decoding import ImageFiles, decode
from glassnet_images.labelled_files import files_of_folder, images_below
from glassnet_images.pixels import Pixels

_MOST_LISTED = 10


@attrs.frozen(eq=False)
class ImagePreprocessing:
    """Brings images to the size of the training, and names the classes.

    Attributes
    ----------
    pixels
        The transform.
    classes
        The names of the classes in the order of their labels.
    """

    pixels: Pixels
    classes: tuple[str, ...]

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
            return ImageFiles([path for each in given for path in _paths(Path(each).expanduser())], self.pixels)
        return np.stack([self.pixels.of(x) if _is_opened(x) else decode(Path(x), self.pixels) for x in given])

    def split(self, x: Any, y: Any = None) -> gn.Split:
        """Return images and their labels: those of a folder of classes, or `y`, names or numbers.

        Raises
        ------
        DataError
            If a class is not one of the training.
        """
        if y is None:
            x, y = self._labelled(Path(x).expanduser()) if isinstance(x, (str, Path)) else (x, None)
        if y is None:
            raise gn.DataError("got images without labels; give a folder with a folder for each class, or y")
        return gn.Split(self.samples(x), self._labels(y), preprocessing=self)

    def _labelled(self, folder: Path) -> tuple[list[Path], list[str]]:
        if not folder.is_dir():
            raise gn.DataError(f"{folder} is not a folder with a folder for each class, and there are no labels")
        parts = files_of_folder(folder, least=1)
        files = parts.get("test", parts["train"])
        return list(files.paths), list(files.classes)

    def _labels(self, y: Any) -> gn.Array:
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
        """Return outputs or targets as they are."""
        return values

    def answers(self, outputs: gn.Array) -> gn.Array:
        """Return outputs as they are: a probability for each class."""
        return outputs

    def task_sentence(self) -> str:
        """Return in words what is learnt, and what images are brought to."""
        named = ", ".join(self.classes[:_MOST_LISTED]) + (", …" if len(self.classes) > _MOST_LISTED else "")
        return f"classification of images into {len(self.classes)} classes: {named}; {self.pixels!r}"

    def shown(self) -> Any:
        """Return the transform and the classes as text of rich."""
        from rich.text import Text

        return Text(f"Images\n{self.task_sentence()}")

    def described(self) -> dict[str, Any]:
        """Return plain values that make it again."""
        return {"pixels": repr(self.pixels), "classes": list(self.classes)}

    def arrays(self) -> dict[str, gn.Array]:
        """Return nothing: there is nothing to fit."""
        return {}


def made_again(described: dict[str, Any]) -> ImagePreprocessing:
    """Return the preprocessing that `ImagePreprocessing.described` describes."""
    pixels = gn.create("transform", described["pixels"])
    if not isinstance(pixels, Pixels):
        raise gn.ModelFileError(f"the transform of the images is {pixels!r}, not pixels; take another copy")
    return ImagePreprocessing(pixels, tuple(map(str, described["classes"])))


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
