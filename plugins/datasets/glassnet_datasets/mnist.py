"""MNIST: 70,000 handwritten digits."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet_datasets.idx import read_idx

_SHIPPED = Path(__file__).parent / "data" / "mnist"
_SIDE = 28
_CLASSES = tuple("0123456789")


class Mnist(gn.DataSource):
    """Grey-level images of handwritten digits: 60,000 to train with, 10,000 by other writers to test with.

    ``x`` is ``(samples, 28, 28, 1)`` uint8, from 0 for paper to 255 for ink; ``y`` is ``(samples,)`` int64, the
    digit. The images are read-only; copy what you want to change.

    The files that ship with glassnet are read, so nothing is downloaded. Your own copy is read instead from
    `folder`, or else from the folder that the environment variable ``GLASSNET_DATA`` names or its subfolder
    ``mnist``. Each of the four files may be plain or packed (``.gz``), under either of its usual names, such as
    ``train-images-idx3-ubyte`` and ``train-images.idx3-ubyte``. A copy may hold any number of images, and any
    dataset in the same form, such as Fashion-MNIST, is read as well.

    Source: LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition,
    Proceedings of the IEEE 86(11), 2278-2324. Data by Yann LeCun, Corinna Cortes and Christopher J. C. Burges,
    CC BY-SA 3.0.
    """

    folder: str | None = gn.option(None, path=True, help="folder of your own copy of the four files")

    sample_shape = (28, 28, 1)
    target_shape = ()

    def load(self) -> gn.Dataset:
        folder = self._source()
        return gn.Dataset(
            train=_split(folder, "train"),
            test=_split(folder, "t10k"),
            classes=_CLASSES,
            task="classification",
            recipe=_recipe(),
        )

    def _source(self) -> Path:
        if self.folder is not None:
            return Path(os.path.expanduser(self.folder))
        if data := os.environ.get("GLASSNET_DATA"):
            folder = Path(os.path.expanduser(data))
            return folder / "mnist" if (folder / "mnist").is_dir() else folder
        return _SHIPPED


def _split(folder: Path, part: str) -> gn.Split:
    images_path = _find(folder, f"{part}-images", "idx3-ubyte")
    labels_path = _find(folder, f"{part}-labels", "idx1-ubyte")
    images, labels = read_idx(images_path, "uint8", 3), read_idx(labels_path, "uint8", 1)
    if images.shape[1:] != (_SIDE, _SIDE):
        raise gn.DataError(
            f"{images_path} has images of {images.shape[1]} x {images.shape[2]} pixels "
            f"(expected {_SIDE} x {_SIDE}); give images of that size"
        )
    if len(labels) != len(images):
        raise gn.DataError(
            f"{labels_path} has {len(labels)} labels, and {images_path} has {len(images)} images; "
            "give two files that belong together"
        )
    wrong = np.flatnonzero(labels >= len(_CLASSES))
    if len(wrong) > 0:
        raise gn.DataError(
            f"{labels_path} has the label {labels[wrong[0]]} at index {wrong[0]}; a label is a digit from 0 to 9"
        )
    # Not bytes: a difference of labels would be 255 instead of -1.
    return gn.Split(images[..., np.newaxis], labels.astype(np.int64))


def _find(folder: Path, stem: str, form: str) -> Path:
    """Return the file under whichever of its names it has; of a plain and a packed one, the plain one."""
    names = [f"{stem}{mark}{form}{packed}" for packed in ("", ".gz") for mark in "-."]
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise gn.FileError(
        f"cannot find {stem} in {folder} (looked for {', '.join(names)}); "
        "put the four MNIST files there, or leave out folder and GLASSNET_DATA to use the copy that ships with glassnet"
    )


def _recipe() -> gn.Recipe:
    return gn.Recipe(
        layers=["flatten", "dense(128)", "relu", "dense(64)", "relu", "dense(10)", "softmax"],
        loss="categorical_crossentropy",
        optimizer="adam(lr=0.004)",
        schedule="cosine",
        epochs=5,
        batch_size=64,
        validation=0.1,
        metrics=["accuracy"],
    )
