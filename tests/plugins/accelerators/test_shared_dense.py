"""dense whose products threads share in compiled code: to the bytes of dense, and whole after every interruption."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_accelerators.numpy_only.dense import DenseByBlocks
from glassnet_accelerators.shared_dense import SharedDense
from glassnet_parallel import thread_pool as all_cores
from glassnet_parallel.blas_threads import one_blas_thread

REASON = SharedDense.unavailable_reason()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))

SHAPES = [(128, 784, 512), (784, 64, 128), (301, 600, 77), (73, 300, 301), (100, 700, 129)]


def _matrix(rows, columns, layout, rng):
    values = rng.normal(size=(columns, rows) if layout == "transposed" else (rows, columns)).astype("float32")
    return values.T if layout == "transposed" else values


@pytest.mark.parametrize("right", ["whole", "transposed"])
@pytest.mark.parametrize("left", ["whole", "transposed"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_product_has_the_bytes_of_one_thread(shape, left, right, team):
    from glassnet_accelerators.product_team import shared

    m, k, n = shape
    rng = np.random.default_rng(0)
    a, b = _matrix(m, k, left, rng), _matrix(k, n, right, rng)
    with one_blas_thread:
        whole = a @ b
        for count in (2, 3, 8):
            team(count)
            out = np.full((m, n), np.nan, "float32")
            assert shared((a, b, out))
            assert out.tobytes() == whole.tobytes(), f"{count} threads"


@pytest.mark.parametrize("count", [2, 3, 4, 8])
def test_two_products_at_once_have_the_bytes_of_one_thread(count, team):
    from glassnet_accelerators.product_team import shared

    rng = np.random.default_rng(0)
    x, dy, w = (_matrix(*shape, "whole", rng) for shape in ((128, 512), (128, 600), (512, 600)))
    dw, dx = np.full((512, 600), np.nan, "float32"), np.full((128, 512), np.nan, "float32")
    team(count)
    with one_blas_thread:
        assert shared((dy, w.T, dx), (x.T, dy, dw))
        assert dw.tobytes() == (x.T @ dy).tobytes()
        assert dx.tobytes() == (dy @ w.T).tobytes()


def test_each_thread_begins_with_a_block_of_its_own(team):
    """Worked out by hand: 784 rows are cut at the multiple of 4 or of 12 that is nearest to their half."""
    from glassnet_accelerators.product_team import _cut, shared
    from glassnet_machine_code.team_code import END, PARTS

    table = team(2).table
    a, out = np.ones((784, 64), "float32"), np.full((784, 128), np.nan, "float32")
    assert shared((a, np.ones((64, 128), "float32"), out))
    np.testing.assert_array_equal(out, 64)
    rows = {4: 392, 12: 396}[numpy_blas.rows_of_equal_bytes()]
    blocks = list(_cut(2, 0, ((784, 64), (256, 4)), ((64, 128), (512, 4)), ((784, 128), (512, 4))))
    assert [(block.rows, block.a_start, block.y_start) for block in blocks] == [
        (rows, 0, 0),
        (784 - rows, rows * 256, rows * 512),
    ]
    assert (table[0, PARTS], table[:2, END].tolist()) == (2, [1, 2])


@pytest.fixture
def by_columns():
    if not numpy_blas.columns_have_equal_bytes():
        pytest.skip("blocks of columns may round otherwise here")


@pytest.mark.usefixtures("by_columns")
def test_a_product_with_large_weights_is_cut_into_columns():
    """Worked out by hand: of 600 columns of 4 bytes, the multiple of 16 that is nearest to their half is 304."""
    from glassnet_accelerators.product_team import _cut

    x, weights, y = ((128, 784), (3136, 4)), ((784, 600), (2400, 4)), ((128, 600), (2400, 4))
    blocks = list(_cut(2, 0, x, weights, y))
    assert [(block.rows, block.columns) for block in blocks] == [(128, 304), (128, 296)]
    assert [(block.a_start, block.b_start, block.y_start) for block in blocks] == [(0, 0, 0), (0, 1216, 1216)]
    (_, second) = _cut(2, 0, y, ((600, 784), (4, 2400)), x)  # by transposed weights: 392 is rounded to 384
    assert (second.columns, second.b_start, second.y_start) == (400, 384 * 2400, 1536)


@pytest.mark.usefixtures("by_columns")
def test_a_product_of_a_few_rows_is_shared_by_columns(team):
    from glassnet_accelerators.product_team import shared

    a, b = (np.random.default_rng(0).normal(size=shape).astype("float32") for shape in ((20, 1000), (1000, 777)))
    team(3)
    out = np.full((20, 777), np.nan, "float32")
    with one_blas_thread:
        assert shared((a, b, out))
        assert out.tobytes() == (a @ b).tobytes()


def _products():
    """Return pairs of matrices that are not shared, with the reason."""
    ones = functools.partial(np.ones, dtype="float32")
    yield "few multiplications", ones((100, 100)), ones((100, 100))
    yield "few rows", ones((64, 2000)), ones((2000, 60))
    yield "one row, which NumPy computes otherwise", ones((1, 4000)), ones((4000, 4000))
    yield "one column", ones((4000, 4000)), ones((4000, 1))
    yield "eight bytes a number", np.ones((300, 300)), np.ones((300, 300))
    yield "every other row", ones((600, 300))[::2], ones((300, 300))


@pytest.mark.parametrize(("a", "b"), [pytest.param(*each[1:], id=each[0]) for each in _products()])
def test_what_cannot_be_shared_is_left_to_others(a, b, team):
    from glassnet_accelerators.product_team import shared

    team(2)
    out = np.full((len(a), b.shape[1]), np.nan, a.dtype)
    assert not shared((a, b, out))
    assert np.isnan(out).all()


def test_while_another_thread_has_the_team_nothing_is_computed(team):
    from glassnet_accelerators.product_team import shared

    ones, out = np.ones((600, 600), "float32"), np.full((600, 600), np.nan, "float32")
    with team(2).is_free:
        assert not shared((ones, ones, out))
    assert np.isnan(out).all()
    assert shared((ones, ones, out))
    np.testing.assert_array_equal(out, 600)


def test_threads_that_are_late_are_left_asleep(team, monkeypatch):
    from glassnet_accelerators.product_team import shared

    team(2)
    monkeypatch.setattr(all_cores._Rest, "TOO_LATE", -1.0)  # each of them counts as late
    ones, out = np.ones((600, 600), "float32"), np.empty((600, 600), "float32")
    assert shared((ones, ones, out))
    all_cores.note_wait(worked=0.001, waited=0.004)
    assert not shared((ones, ones, out))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(128, 784), (16, 8, 784)], ids=str)
def test_a_layer_has_the_bytes_of_dense(shape, bias, team, monkeypatch):
    from glassnet_accelerators import dense_by_team

    team(2)
    calls, shared = [], dense_by_team.shared
    monkeypatch.setattr(dense_by_team, "shared", lambda *products: calls.append(shared(*products)) or calls[-1])
    rng = np.random.default_rng(0)
    x, dy = (rng.normal(size=each).astype("float32") for each in (shape, (*shape[:-1], 512)))
    plain = gn.layers.dense(512, bias=bias)
    results = []
    for layer in (DenseByBlocks(plain), dense_by_team.DenseByTeam(plain)):
        net = gn.Network([layer]).build(shape[1:], seed=0)
        for needed in (True, False):
            with net.workspace(training=True) as ctx:
                ctx.needs_input_grad = needed
                y, cache = net.layers[0].forward(net.parameter_views["0"], x, ctx)
                dx = net.layers[0].backward(net.parameter_views["0"], cache, dy, net.gradient_views["0"], ctx)
            results.append([y.tobytes(), None if dx is None else dx.tobytes(), net.gradients.tobytes()])
    assert results[0] == results[2]
    assert results[1] == results[3]
    assert results[3][1] is None
    assert calls == [True] * 4


NAMES = set()


class KeepNames(gn.Callback):
    """Keeps the names of the accelerators in use."""

    def on_run_start(self, run):
        NAMES.update(run.describe()["accelerators"])


def test_eight_threads_that_fit_at_once_end_in_the_same_bytes(team, monkeypatch):
    import glassnet_accelerators.product_team  # noqa: F401  # with the compiler imported, the accelerator is used

    team(2)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(256, 300)).astype("float32"), rng.integers(0, 3, 256)
    ends = []

    def fit(*callbacks):
        net = gn.Network("dense(400) relu dense(400) relu dense(3) softmax").build((300,), seed=0)
        options = {"loss": "categorical_crossentropy", "optimizer": "adam", "epochs": 2, "batch_size": 64}
        net.fit(x, y, **options, callbacks=callbacks, progress=False, seed=0)
        ends.append(net.flat_parameters.tobytes())

    several = [threading.Thread(target=fit, args=(KeepNames(),)) for _ in range(8)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join(120)
    assert "shared_dense" in NAMES
    monkeypatch.setattr(SharedDense, "unavailable_reason", classmethod(lambda cls: "switched off"))
    fit()
    assert len(ends) == 9
    assert len(set(ends)) == 1


def test_a_forked_process_has_a_team_of_its_own():
    script = """
import os, warnings
import numpy as np
from glassnet_parallel import thread_pool as all_cores
all_cores._Rest.TOO_LATE = 1e9
from glassnet_accelerators.product_team import shared
warnings.simplefilter("ignore")
ones, out = np.ones((600, 600), np.float32), np.zeros((600, 600), np.float32)
assert shared((ones, ones, out))
child = os.fork()
out[...] = 0
assert shared((ones, ones, out)) and (out == 600).all()
if child:
    print("ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    environment = {**os.environ, "GLASSNET_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "ended with 0\n"


def test_small_networks_are_left_alone(team):
    """By hand: 90,300 parameters and 64 samples are 5.8 million multiplications, of which threads share none."""
    import glassnet_accelerators.product_team  # noqa: F401  # with the compiler imported, the accelerator might be used

    team(2)
    NAMES.clear()
    x = np.ones((64, 300), "float32")
    gn.Network("dense(300)").fit(
        x, x, loss="mse", optimizer="sgd(0.1)", epochs=1, batch_size=64, callbacks=[KeepNames()], progress=False
    )
    assert "shared_dense" not in NAMES


def test_it_says_why_it_is_not_used(monkeypatch):
    monkeypatch.setattr(numpy_blas, "core_name", lambda: b"Nehalem")
    assert "round a part of a product otherwise" in SharedDense.unavailable_reason()
    monkeypatch.setattr(numpy_blas, "sgemm", lambda: None)
    assert "the OpenBLAS of its own packages" in SharedDense.unavailable_reason()
    monkeypatch.setattr(numpy_blas.sys, "platform", "darwin")
    assert "semaphores of Linux" in SharedDense.unavailable_reason()
