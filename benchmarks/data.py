"""What the networks are trained on."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

import glassnet as gn
from benchmarks.cases import Case, Samples


@cache
def mnist(part: str = "train") -> Samples:
    """Return MNIST with greys from 0 to 1, one row an image."""
    split = getattr(gn.datasets.mnist().load(), part)
    return Samples(split.x.reshape(len(split.x), -1) * np.float32(1 / 255), split.y)


def samples_of(case: Case) -> Samples:
    """Return as many samples as an epoch has: of MNIST, or the four points of XOR again and again."""
    if case.output == "sigmoid":
        points = gn.datasets.xor().load().train
        return Samples(np.tile(points.x, (case.samples // 4, 1)), np.tile(points.y, (case.samples // 4, 1)))
    images = mnist()
    return Samples(images.x[: case.samples].reshape(-1, *case.input_shape), images.y[: case.samples])


def on_disk(folder: Path, count: int, features: int) -> Samples:
    """Return made-up samples of two classes in files that are mapped into memory."""
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, (count, features))
    y = np.lib.format.open_memmap(folder / "y.npy", "w+", np.int64, (count,))
    rng = np.random.default_rng(0)
    for start in range(0, count, 1_000_000):
        rows = slice(start, min(start + 1_000_000, count))
        x[rows] = rng.standard_normal((rows.stop - start, features), np.float32)
        y[rows] = x[rows, 0] > x[rows, 1]
    return Samples(x, y)
