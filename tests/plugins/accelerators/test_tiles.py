"""Strips: every row is in one of them, and nothing depends on how many threads work on them."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from glassnet_accelerators.numpy_only.tiles import tiles

CONVOLVE = """
import hashlib
import numpy as np
import glassnet as gn
rng = np.random.default_rng(0)
x, dy = (rng.normal(size=(40, 30, 30, channels)).astype("float32") for channels in (8, 24))
net = gn.Network(["conv2d(24, 3, padding=1)", "batch_norm", "max_pool2d(3, stride=1, padding=1)"]).build((30, 30, 8))
with net.workspace(training=True) as ctx:
    ctx.needs_input_grad = True
    y, caches = net.sequence.forward(net.parameter_views, x, ctx)
    dx = net.sequence.backward(net.parameter_views, caches, dy, net.gradient_views, ctx)
    print(hashlib.sha256(y.tobytes() + dx.tobytes() + net.gradients.tobytes()).hexdigest())
"""


def rows_of(parts, images, rows):
    """How often each row of each image is in one of the parts."""
    counts = np.zeros((images, rows), int)
    for part in parts:
        counts[part] += 1
    return counts


@pytest.mark.parametrize("images", [1, 2, 5, 64])
@pytest.mark.parametrize("rows", [1, 7, 28])
@pytest.mark.parametrize("row_bytes", [1, 30_000, 300_000, 10_000_000])
@pytest.mark.parametrize("least_rows", [1, 50])
def test_strips_hold_every_row_once_and_the_first_is_as_large_as_any(images, rows, row_bytes, least_rows):
    parts = tiles(images, rows, row_bytes, least_rows)

    assert (rows_of(parts, images, rows) == 1).all()
    sizes = [(some.stop - some.start) * (those.stop - those.start) for some, those in parts]
    assert max(sizes) == sizes[0]
    assert sizes[0] * row_bytes <= max(2_000_000, least_rows * row_bytes, row_bytes)


def test_strips_are_whole_images_or_parts_of_one():
    # Two million bytes are 20 rows of 100,000: three images of six rows; or one of 50 rows in three parts.
    assert tiles(7, 6, 100_000) == [
        (slice(0, 2), slice(0, 6)),
        (slice(2, 4), slice(0, 6)),
        (slice(4, 6), slice(0, 6)),
        (slice(6, 7), slice(0, 6)),
    ]
    assert tiles(1, 50, 100_000) == [
        (slice(0, 1), slice(0, 20)),
        (slice(0, 1), slice(20, 40)),
        (slice(0, 1), slice(40, 50)),
    ]


def test_results_are_the_same_bytes_with_any_number_of_threads():
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    found = {
        subprocess.run(
            [sys.executable, "-c", CONVOLVE],
            env=environment | {"GLASSNET_THREADS": threads},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for threads in ("1", "2", "5")
    }

    assert len(found) == 1
    assert len(found.pop().strip()) == 64
