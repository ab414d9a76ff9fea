"""The kernels of max_pool2d: images are ``(images, height, width, channels)``, and so are the results of windows."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_accelerators.compiled import compiled


@compiled(
    "void(f4[:, :, :, ::1], i8, i8, f4[:, :, :, ::1])",
    "void(f8[:, :, :, ::1], i8, i8, f8[:, :, :, ::1])",
    reads="x",
)
def largest(x: gn.Array, height: int, width: int, y: gn.Array) -> None:
    """Write the largest number of each window in each channel to `y`; NaN where there is one, and +0 for -0."""
    images, rows, columns, channels = y.shape
    zero = x.dtype.type(0)
    y[:] = -np.inf
    for n in range(images):
        for r in range(rows):
            for i in range(r * height, (r + 1) * height):
                for c in range(columns):
                    for j in range(c * width, (c + 1) * width):
                        for k in range(channels):
                            seen, before = x[n, i, j, k] + zero, y[n, r, c, k]
                            y[n, r, c, k] = before if before >= seen or before != before else seen


@compiled(
    "void(f4[:, :, :, ::1], f4[:, :, :, ::1], f4[:, :, :, ::1], i8, i8, f4[:, :, :, ::1])",
    "void(f8[:, :, :, ::1], f8[:, :, :, ::1], f8[:, :, :, ::1], i8, i8, f8[:, :, :, ::1])",
    reads="x dy",
)
def to_largest(x: gn.Array, y: gn.Array, dy: gn.Array, height: int, width: int, dx: gn.Array) -> None:
    """Write to `dx` each window's `dy` where its first largest number is, and zero elsewhere."""
    images, rows, columns, channels = y.shape
    is_free = np.empty(channels, x.dtype)  # 1 in the channels whose largest number has not come yet
    dx[:, rows * height :] = 0
    dx[:, :, columns * width :] = 0
    for n in range(images):
        for r in range(rows):
            for c in range(columns):
                is_free[:] = 1
                for i in range(r * height, (r + 1) * height):
                    for j in range(c * width, (c + 1) * width):
                        for k in range(channels):
                            is_it = is_free[k] if x[n, i, j, k] == y[n, r, c, k] else x.dtype.type(0)
                            is_free[k] -= is_it
                            dx[n, i, j, k] = dy[n, r, c, k] * is_it
