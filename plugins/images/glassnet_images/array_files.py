"""Images that are arrays in files: ``.npz`` of NumPy, and IDX, the form of MNIST."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import attrs
import numpy as np

import glassnet as gn
from glassnet_datasets.idx import read_idx

# What people call images and labels in a file: Keras' datasets, MedMNIST, and the arguments of savez.
_IMAGES = ("x", "X", "images", "image", "data", "arr_0")
_LABELS = ("y", "Y", "labels", "label", "targets", "target", "arr_1")
_PARTS = {"train": ("train",), "test": ("test",), "validation": ("val", "valid", "validation")}
_CLASSES = ("classes", "class_names", "label_names")
_IDX_PARTS = {"train": ("train",), "test": ("t10k", "test"), "validation": ("val", "valid")}
_ADVICE = "write one with numpy.savez(path, x=images, y=labels)"


@attrs.frozen(eq=False)
class LabelledArrays:
    """Images ``(images, height, width, channels)`` and the labels of each, ``(images,)``, numbers or text."""

    x: gn.Array
    y: gn.Array


def arrays_of_npz(path: Path) -> tuple[dict[str, LabelledArrays], tuple[str, ...]]:
    """Return the images of a ``.npz`` file by the part that they belong to, and the names of the classes.

    The arrays are called x and y, images and labels, or data and target; or x_train, y_train, x_test, y_test.

    Raises
    ------
    FileError
        If the file cannot be read.
    DataError
        If it is damaged, or holds no images and labels.
    """
    arrays = _read(path)
    parts: dict[str, LabelledArrays] = {}
    if (whole := _pair(arrays, _IMAGES, _LABELS)) is not None:
        parts["train"] = _checked(path, *whole)
    for part, names in _PARTS.items():
        for name in names:
            pair = _pair(arrays, _named(_IMAGES, name), _named(_LABELS, name))
            if pair is not None:
                parts[part] = _checked(path, *pair)
    if "train" not in parts:
        raise gn.DataError(f"{path} has the arrays {', '.join(arrays)}, and none for images and labels; {_ADVICE}")
    classes = next((arrays[name] for name in _CLASSES if name in arrays), np.array([]))
    return parts, tuple(map(str, classes.tolist()))


def _read(path: Path) -> dict[str, gn.Array]:
    try:
        gn.check_regular(path)
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
        gn.check_memory(unpacked, f"{path}", "give fewer images")
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except OSError as error:
        raise gn.FileError(f"cannot read {path}: {error.strerror or error}; check the path") from None
    except gn.GlassnetError:
        raise
    except Exception as error:  # NumPy and zipfile raise exceptions of several kinds for damaged files
        reason = "it holds Python objects" if "Object arrays" in str(error) else str(error) or type(error).__name__
        raise gn.DataError(f"{path} is not a file of arrays ({reason}); {_ADVICE}") from None


def _named(names: tuple[str, ...], part: str) -> tuple[str, ...]:
    return tuple(text for name in names for text in (f"{name}_{part}", f"{part}_{name}"))


def _pair(
    arrays: Mapping[str, gn.Array], images: tuple[str, ...], labels: tuple[str, ...]
) -> tuple[gn.Array, gn.Array] | None:
    x, y = (next((arrays[name] for name in names if name in arrays), None) for names in (images, labels))
    return None if x is None or y is None else (x, y)


def is_idx(path: Path) -> bool:
    """Tell whether a file holds images in the form IDX, by its name: ``train-images-idx3-ubyte``, packed or not."""
    return "idx3-ubyte" in path.name or "idx4-ubyte" in path.name


def arrays_of_idx(paths: list[Path]) -> dict[str, LabelledArrays]:
    """Return the images of IDX files by the part that they belong to; their labels are in files beside them.

    Raises
    ------
    FileError, DataError
        If a file is missing or damaged.
    """
    parts: dict[str, LabelledArrays] = {}
    for path in paths:
        name = next((part for part, names in _IDX_PARTS.items() if path.name.startswith(names)), "train")
        dimensions = 4 if "idx4" in path.name else 3
        parts[name] = _checked(path, read_idx(path, "uint8", dimensions), read_idx(_labels_of(path), "uint8", 1))
    if "train" not in parts:
        parts = {"train": next(iter(parts.values()))}
    return parts


def _labels_of(path: Path) -> Path:
    """Return the file of the labels for a file of images; of a plain and a packed one, the plain one."""
    plain = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
    for name in (plain, f"{plain}.gz"):
        if path.with_name(name).exists():
            return path.with_name(name)
    raise gn.FileError(f"cannot find the labels of {path} (looked for {plain}); put the two files into one folder")


def _checked(path: Path, x: gn.Array, y: gn.Array) -> LabelledArrays:
    """Return images with their channels last, and labels as one number or text each."""
    if x.ndim == 3:
        x = x[..., np.newaxis]
    if x.ndim == 4 and x.shape[-1] not in (1, 3) and x.shape[1] in (1, 3):
        x = np.moveaxis(x, 1, -1)  # channels first, as PyTorch has them
    if x.ndim != 4 or x.shape[-1] not in (1, 3) or x.dtype.kind not in "fiub":
        raise gn.DataError(
            f"{path} has images of shape {x.shape} and type {x.dtype}; give numbers (images, height, width), or "
            "(images, height, width, channels) with 1 or 3 channels"
        )
    if y.ndim == 2:
        y = y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
    if y.ndim != 1 or len(y) != len(x):
        raise gn.DataError(f"{path} has {len(x)} images and labels of shape {y.shape}; give one label an image")
    if y.dtype.kind == "f" and np.all(y == np.floor(y)):
        y = y.astype(np.int64)
    if y.dtype.kind not in "iuUSb":
        raise gn.DataError(f"{path} has labels of type {y.dtype}; give whole numbers or text")
    return LabelledArrays(x, y)
