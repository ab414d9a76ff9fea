"""Samples for a network from files: arrays in ``.npy`` files, and images."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet as gn
from glassnet.data.arrays import as_array
from glassnet.data.preparation import input_rules
from glassnet_commands.images import is_image
from glassnet_images.decoding import FORMATS, bombs_refused, decode
from glassnet_images.preprocessing import ImagePreprocessing
from glassnet_reports.summary import shape_text

if TYPE_CHECKING:
    from PIL.Image import Image

_MODES = {1: "L", 3: "RGB"}
_COLORS = {1: "grey", 3: "in colour"}


def read_samples(path: Path, network: gn.Network, trained_on: Mapping[str, Any]) -> gn.Array:
    """Return the samples in a file, ``(samples, *shape)``.

    Parameters
    ----------
    path
        A ``.npy`` file with one sample or several, or an image. Images are resized as in the training if the network
        was trained on images of any size; else they are never resized.
    network
        What the samples are for.
    trained_on
        What the summary of a run tells about its inputs; empty where nothing is known.

    Raises
    ------
    FileError, DataError, ShapeError
        When the file cannot be read, is damaged, or holds what the network does not take.
    """
    shape = network.input_shape
    if path.suffix.lower() == ".npy":
        samples: gn.Array = as_array(_as_batch(path, _read_array(path), shape), str(path))
        input_rules().expected(shape, network.dtype, network.inputs).check_inputs(samples, str(path))
    elif isinstance(network.preprocessing, ImagePreprocessing):
        samples = decode(path, network.preprocessing.pixels)[np.newaxis]
    else:
        samples = _read_image(path, shape, trained_on)[np.newaxis]
        _compare_brightness(path, samples, trained_on)
    return samples


def _read(path: Path) -> io.BytesIO:
    try:
        return io.BytesIO(gn.read_whole(path))
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise gn.FileError(f"cannot read {path}: {reason}; check the path") from None


def _read_array(path: Path) -> gn.Array:
    content = _read(path)
    try:
        _check_length(content)
        array: gn.Array = np.lib.format.read_array(content, allow_pickle=False)
    except Exception as error:  # of a damaged header, NumPy raises exceptions of several kinds
        reason = "it holds Python objects" if "Object arrays" in str(error) else str(error) or type(error).__name__
        raise gn.DataError(f"{path} is not an array of numbers: {reason}; write one with numpy.save") from None
    return array


def _check_length(content: io.BytesIO) -> None:
    """Raise `ValueError` if the header announces more bytes than follow: NumPy would ask for memory for them."""
    version = np.lib.format.read_magic(content)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(content)
    announced, found = math.prod(shape) * dtype.itemsize, len(content.getbuffer()) - content.tell()
    if announced > found and not dtype.hasobject:
        raise ValueError(f"its header announces {announced:,} bytes, and {found:,} follow")
    content.seek(0)


def _as_batch(path: Path, array: gn.Array, shape: gn.Shape) -> gn.Array:
    """Return an array with an axis for the samples, and one for a single channel that was left out."""
    if shape[-1:] == (1,) and shape[:-1] in (array.shape, array.shape[1:]) and array.shape != shape:
        array = array[..., np.newaxis]
    if array.shape == shape:
        array = array[np.newaxis]
    if array.ndim == 0 or array.shape[1:] != shape:
        raise gn.ShapeError(
            f"{path} has the shape {array.shape}: expected one sample of shape {shape}, "
            f"or several of shape ({', '.join(['samples', *map(str, shape)])})"
        )
    return array


def _read_image(path: Path, shape: gn.Shape, trained_on: Mapping[str, Any]) -> gn.Array:
    from PIL import Image, UnidentifiedImageError

    content = _read(path)
    if not is_image(shape):
        raise gn.ShapeError(f"{path}: the network takes no images but {shape_text(shape)} values; give a .npy file")
    try:
        with bombs_refused(), Image.open(content, formats=FORMATS) as image:
            _check_image(path, image, shape, trained_on)
            return np.asarray(image.convert(_MODES[shape[2]])).reshape(shape)
    except gn.GlassnetError:
        raise
    except UnidentifiedImageError:
        raise gn.DataError(f"{path} is not a readable image; give a PNG, a JPEG or a .npy file") from None
    except Exception as error:  # the decoders of damaged images raise exceptions of many classes
        raise gn.DataError(f"{path} is a damaged image ({error}); take another copy") from None


def _check_image(path: Path, image: Image, shape: gn.Shape, trained_on: Mapping[str, Any]) -> None:
    """Refuse images that would have to be changed to fit: how is not for the program to guess."""
    height, width, channels = shape
    if image.size != (width, height):
        expected = f"{width} x {height} pixels, {_COLORS[channels]}{_tone(trained_on)}"
        raise gn.ShapeError(
            f"{path} is {image.width} x {image.height} pixels, and the network takes {expected}; "
            "crop and resize the image first"
        )
    if image.mode.startswith(("I", "F")):
        raise gn.DataError(f"{path} has more than 8 bits a pixel and channel; save it with 8")
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        raise gn.DataError(f"{path} has transparent pixels; put it onto a plain background first")


def _tone(trained_on: Mapping[str, Any]) -> str:
    if not trained_on.get("pixels") or trained_on.get("mean") is None:
        return ""
    return (
        ", mostly light as in the training" if _is_light(trained_on["mean"]) else ", light on dark as in the training"
    )


def _compare_brightness(path: Path, samples: gn.Array, trained_on: Mapping[str, Any]) -> None:
    """Warn of black on white where white on black was learnt, which is how people draw digits."""
    if (
        trained_on.get("pixels")
        and trained_on.get("mean") is not None
        and _is_light(samples.mean()) != _is_light(trained_on["mean"])
    ):
        here, there = ("light", "dark") if _is_light(samples.mean()) else ("dark", "light")
        warnings.warn(
            f"{path} is mostly {here}, and the images that the network was trained on are mostly {there}; invert it?",
            gn.GlassnetWarning,
            stacklevel=4,
        )


def _is_light(mean: float) -> bool:
    return mean > 127.5
