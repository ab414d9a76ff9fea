"""Strips: a batch of images is worked through in strips that stay in a core's cache."""

from __future__ import annotations

# A strip and what is made of it stay in a core's share of the cache; smaller strips are more calls.
STRIP_BYTES = 2_000_000

Strip = tuple[slice, slice]
"""Some images, and some of their rows."""


def tiles(images: int, rows: int, row_bytes: int, least_rows: int = 1) -> list[Strip]:
    """Cut `images` of `rows` rows into strips of at most `STRIP_BYTES`, but of at least `least_rows` rows.

    A strip is either some whole images or a part of one. None is larger than the first.
    """
    rows_a_strip = max(STRIP_BYTES // row_bytes, least_rows)
    if rows_a_strip < rows:
        return [
            (slice(image, image + 1), slice(row, min(row + rows_a_strip, rows)))
            for image in range(images)
            for row in range(0, rows, rows_a_strip)
        ]
    count = -(-images // (rows_a_strip // rows))
    # Cores come in even numbers; strips that do too are shared out evenly.
    size = -(-images // (count + count % 2)) if count > 1 else images
    return [(slice(image, min(image + size, images)), slice(0, rows)) for image in range(0, images, size)]
