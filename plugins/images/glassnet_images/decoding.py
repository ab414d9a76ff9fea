"""Image files: opened, decoded, and named if they are broken."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_images.pixels import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

# Pillow's other readers include some that start a program, such as Ghostscript for EPS.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def is_image_file(name: str) -> bool:
    """Tell whether a file is an image by the ending of its name."""
    return Path(name).suffix.lower() in ENDINGS and not name.startswith(".")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Image]:
    """Lend an opened image, of which the header is read.

    Raises
    ------
    FileError
        If the file cannot be read.
    DataError
        If it is not an image, or is damaged; also for errors inside the block.
    """
    from PIL import Image as Images, UnidentifiedImageError

    try:
        content = io.BytesIO(gn.read_whole(path))
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise gn.FileError(f"cannot read {path}: {reason}; check the path") from None
    try:
        with Images.open(content, formats=FORMATS) as image:
            yield image
    except gn.GlassnetError as error:
        raise type(error)(f"{path} cannot be used: {error}") from None
    except UnidentifiedImageError:
        raise gn.DataError(f"{path} is not a readable image; give a PNG or a JPEG, or remove the file") from None
    except Exception as error:  # the decoders of damaged images raise exceptions of many classes
        reason = str(error) or type(error).__name__
        raise gn.DataError(f"{path} is a damaged image ({reason}); take another copy, or remove the file") from None


def decode(path: Path, form: Pixels) -> gn.Array:
    """Return the pixels of an image file in a form, ``(height, width, channels)`` uint8; raises as `opened` does."""
    with bombs_refused(), opened(path) as image:
        return form.of(image)


def decode_all(paths: Sequence[Path], form: Pixels, out: gn.Array) -> dict[int, gn.GlassnetError]:
    """Decode images into the rows of `out` with several threads, and return the errors by row."""
    errors: dict[int, gn.GlassnetError] = {}

    def decode_one(row: int, worker: int) -> None:
        try:
            with opened(paths[row]) as image:
                out[row] = form.of(image)
        except gn.GlassnetError as error:
            errors[row] = error

    with bombs_refused():
        gn.executor().parallel_for(len(paths), decode_one)
    return dict(sorted(errors.items()))


@contextlib.contextmanager
def bombs_refused() -> Iterator[None]:
    """Raise what Pillow warns of: an image of more pixels than a picture has."""
    from PIL.Image import DecompressionBombWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", DecompressionBombWarning)
        yield


class ImageFiles:
    """Images in files as an array ``(images, height, width, channels)`` uint8; they are read when they are indexed.

    It has the attributes of an array of h5py or zarr, so a training reads it block by block.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, paths: Sequence[Path], form: Pixels) -> None:
        self.paths = list(paths)
        self.form = form
        self.shape = (len(self.paths), *form.shape)
        self.ndim = len(self.shape)
        self.chunks = (1, *form.shape)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, chosen: int | slice | gn.Array) -> gn.Array:
        """Return some images; raises `FileError` or `DataError` at the first that is broken."""
        rows = np.arange(len(self))[chosen]
        paths = [self.paths[row] for row in np.atleast_1d(rows).tolist()]
        pixels = np.empty((len(paths), *self.form.shape), np.uint8)
        for error in decode_all(paths, self.form, pixels).values():
            raise error
        return pixels if np.ndim(rows) else pixels[0]
