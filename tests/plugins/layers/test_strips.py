"""Work shared between threads: everything is done once, and nothing depends on how many there are."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

from glassnet_layers import strips as module
from glassnet_layers.strips import on_all_cores, strips, workers

CONVOLVE = """
import hashlib
import numpy as np
import glassnet as gn
rng = np.random.default_rng(0)
x, dy = (rng.normal(size=(40, 30, 30, channels)).astype("float32") for channels in (8, 24))
net = gn.Network(["conv2d(24, 3, padding=1)", "batch_norm", "max_pool2d(3, stride=1, padding=1)"]).build((30, 30, 8))
with net.workspace(training=True) as ctx:
    ctx.needs_input_grad = True
    y, caches = net.sequence.forward(net.views, x, ctx)
    dx = net.sequence.backward(net.views, caches, dy, net.gradient_views, ctx)
    print(hashlib.sha256(y.tobytes() + dx.tobytes() + net.gradients.tobytes()).hexdigest())
"""


@pytest.fixture
def three_threads(monkeypatch):
    """As on a machine with three cores."""
    monkeypatch.setenv("GLASSNET_THREADS", "3")
    for kept in (module._threads, module._pool):
        kept.cache_clear()
    yield
    module._pool().shutdown()
    for kept in (module._threads, module._pool):
        kept.cache_clear()


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
    parts = strips(images, rows, row_bytes, least_rows)

    assert (rows_of(parts, images, rows) == 1).all()
    sizes = [(some.stop - some.start) * (those.stop - those.start) for some, those in parts]
    assert max(sizes) == sizes[0]
    assert sizes[0] * row_bytes <= max(2_000_000, least_rows * row_bytes, row_bytes)


def test_strips_are_whole_images_or_parts_of_one():
    # Two million bytes are 20 rows of 100,000: three images of six rows; or one of 50 rows in three parts.
    assert strips(7, 6, 100_000) == [
        (slice(0, 2), slice(0, 6)),
        (slice(2, 4), slice(0, 6)),
        (slice(4, 6), slice(0, 6)),
        (slice(6, 7), slice(0, 6)),
    ]
    assert strips(1, 50, 100_000) == [
        (slice(0, 1), slice(0, 20)),
        (slice(0, 1), slice(20, 40)),
        (slice(0, 1), slice(40, 50)),
    ]


@pytest.mark.usefixtures("three_threads")
def test_each_piece_is_done_once_by_a_worker_with_a_number_of_its_own():
    done, threads = [], {}
    barrier = threading.Barrier(3, timeout=30)

    def work(piece, worker):
        if piece < 3:
            barrier.wait()  # three threads are here at one time, or nobody gets past it
        done.append(piece)
        threads.setdefault(worker, set()).add(threading.get_ident())

    on_all_cores(20, work)

    assert sorted(done) == list(range(20))
    assert set(threads) == {0, 1, 2}
    assert all(len(each) == 1 for each in threads.values())
    assert (workers(20), workers(2)) == (3, 2)


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("guilty", ["the caller's thread", "another thread"])
def test_an_error_reaches_the_caller_when_all_threads_have_stopped(guilty):
    barrier = threading.Barrier(3, timeout=30)

    def work(piece, worker):
        barrier.wait()
        if (worker == 0) == (guilty == "the caller's thread"):
            raise ZeroDivisionError(guilty)

    with pytest.raises(ZeroDivisionError, match=guilty):
        on_all_cores(3, work)
    done = []
    on_all_cores(5, lambda piece, worker: done.append(piece))
    assert sorted(done) == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("three_threads")
def test_threads_handle_floating_point_errors_as_their_caller_does():
    barrier = threading.Barrier(3, timeout=30)
    handled = []

    def work(piece, worker):
        barrier.wait()
        handled.append(np.geterr()["over"])

    with np.errstate(over="raise"):
        on_all_cores(3, work)

    assert handled == ["raise"] * 3


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


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({"GLASSNET_THREADS": "3", "OPENBLAS_NUM_THREADS": "2"}, 3),
        ({"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "4"}, 2),
        ({"OMP_NUM_THREADS": "4"}, 4),
        ({"GLASSNET_THREADS": "0", "OMP_NUM_THREADS": "many"}, None),
        ({}, None),
    ],
)
def test_the_environment_limits_the_threads(environment, threads, monkeypatch):
    for name in ("GLASSNET_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert module._threads.__wrapped__() == (threads or len(os.sched_getaffinity(0)))


@pytest.mark.usefixtures("three_threads")
def test_a_forked_process_has_threads_of_its_own():
    barrier = threading.Barrier(3, timeout=30)
    on_all_cores(3, lambda piece, worker: barrier.wait())  # all of the parent's threads are there now
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads: that it works is what is tested
        child = os.fork()
    if child == 0:
        done = []
        on_all_cores(10, lambda piece, worker: done.append(piece))
        os._exit(0 if sorted(done) == list(range(10)) else 1)

    timer = threading.Timer(30, os.kill, (child, 9))
    timer.start()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    assert status == 0
