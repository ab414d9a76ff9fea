"""Bands: what windows see, copied once for all windows of a column, which share most of their rows."""

from __future__ import annotations

import math

from numpy.lib.stride_tricks import sliding_window_view

import glassnet as gn
from glassnet_accelerators.numpy_only.matmul import LEAST_ROWS
from glassnet_accelerators.numpy_only.tiles import STRIP_BYTES, tiles
from glassnet_accelerators.numpy_only.windows import Windows


class Bands:
    """The matrix X of ``y = X W`` as overlapping views: a third of the copies that a 3x3 window takes otherwise.

    A band belongs to a column of windows: row by row it holds the pixels of the image, as many as a window is wide.
    What a window sees is one piece of it, and what the next window sees begins a row later. Some images are padded
    and made into bands when they are needed, and fit in the cache.

    Parameters
    ----------
    x
        Images without what is around them.
    name
        Of the buffer for the padded images.

    Attributes
    ----------
    strips
        Images that are worked through at once.
    padded
        The images with zeros around them, complete when all strips were made; `x` where nothing is to be added.
    """

    @staticmethod
    def suit(windows: Windows, filters: int, groups: int, itemsize: int) -> bool:
        """Tell whether bands are faster than columns: where windows share rows, and a row has enough of them."""
        rows = windows.rows
        return (
            rows.dilation == 1
            and rows.stride < rows.size
            and windows.channels > groups
            and windows.columns.count >= LEAST_ROWS
            and image_bytes(windows, filters, itemsize) <= STRIP_BYTES
        )

    def __init__(
        self, windows: Windows, x: gn.Array, filters: int, groups: int, ctx: gn.Context, name: str = "padded"
    ) -> None:
        self.strips = [images for images, _ in tiles(len(x), 1, image_bytes(windows, filters, x.itemsize))]
        is_padded = x.shape[1:] == windows.padded_shape
        self.padded = x if is_padded else ctx.buffer(name, (len(x), *windows.padded_shape))
        self._x, self._inside = x, windows.inside(self.padded)
        self._pixels = pixels_of_bands(windows, self.padded, groups)
        width, height, *window = bands_shape(windows)
        largest = gn.executor().num_workers(len(self.strips)), self.strips[0].stop
        bands = ctx.buffer("bands", (*largest, groups, width, height, math.prod(window) // groups))
        # Views for every worker, made once: making them takes longer than filling a band.
        self._bands = [images.reshape(*images.shape[:4], windows.columns.size, -1) for images in bands]
        self._patches = [patches_of_bands(windows, images) for images in bands]

    def of(self, strip: int, worker: int) -> gn.Array:
        """Return some images' X by group, image and row, ``(groups, images, rows, width, pixels seen)``."""
        images = self.strips[strip]
        count = images.stop - images.start
        if self.padded is not self._x:
            self.padded[images] = 0
            self._inside[images] = self._x[images]
        self._bands[worker][:count] = self._pixels[images]
        return self._patches[worker][:, :count]


def image_bytes(windows: Windows, filters: int, itemsize: int) -> int:
    """Return how many bytes an image takes: padded, as bands, and convolved."""
    convolved = math.prod(windows.count) * filters
    return itemsize * (math.prod(windows.padded_shape) + math.prod(bands_shape(windows)) + convolved)


def bands_shape(windows: Windows) -> gn.Shape:
    """Return the shape of an image's bands: ``(bands, height, width of a window, channels)``."""
    return windows.columns.count, windows.rows.padded, windows.columns.size, windows.channels


def pixels_of_bands(windows: Windows, padded: gn.Array, groups: int) -> gn.Array:
    """Return a view of what belongs into bands, ``(images, groups, bands, height, width of a window, channels)``."""
    columns = windows.columns
    slid = sliding_window_view(padded, columns.reach, axis=2)[:, :, :: columns.stride, :, :: columns.dilation]
    images, height, bands, channels, width = slid.shape
    return slid.reshape(images, height, bands, groups, channels // groups, width).transpose(0, 3, 2, 1, 5, 4)


def patches_of_bands(windows: Windows, bands: gn.Array) -> gn.Array:
    """Return a view of what each window sees, ``(groups, images, rows, width, pixels seen)``."""
    slid = sliding_window_view(bands, windows.rows.size, axis=3)[:, :, :, :: windows.rows.stride]
    patches = slid.transpose(1, 0, 3, 2, 5, 4)
    return patches.reshape(*patches.shape[:4], -1)
