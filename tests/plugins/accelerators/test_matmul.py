"""Products cut into small ones are the whole product, however they are cut."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from glassnet_accelerators.numpy_only import matmul as products
from glassnet_accelerators.numpy_only.matmul import (
    multiply,
    multiply_by_threads,
    row_blocked_matmul,
    rows_at_once,
    tile,
)
from glassnet_parallel.blas_threads import one_blas_thread

SHAPES = [
    # groups, m, k, n
    (1, 1, 1, 1),
    (1, 1352, 144, 32),
    (1, 1361, 27, 13),  # 1361 and 13 are prime
    (2, 121, 36, 16),
    (4, 30, 9, 1),
    (1, 144, 2704, 32),
    (1, 9, 12_168, 16),
    (1, 7, 300_000, 3),  # no part of it is a small product
]


@pytest.fixture(params=[1_000_000, 2**18, 100])
def limit(request, monkeypatch):
    """How many multiplications are a small product: with AVX-512, without, and almost none."""
    monkeypatch.setattr(products, "_small_product", lambda: request.param)
    tile.cache_clear()
    yield request.param
    tile.cache_clear()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_product_in_parts_is_the_product(shape, limit):
    groups, m, k, n = shape
    rng = np.random.default_rng(0)
    # Whole numbers, so that sums are exact in any order.
    a, b = (rng.integers(-3, 4, size).astype("float64") for size in ((groups, m, k), (groups, k, n)))
    out = np.full((groups, m, n), np.nan)

    multiply(a, b, out)

    np.testing.assert_array_equal(out, np.einsum("gmk,gkn->gmn", a, b, optimize=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("place", [np.s_[:1], np.s_[:1, ::2], np.s_[1:2, ::-1]], ids=str)
def test_one_row_has_the_bytes_of_numpys_product(place, dtype):
    """NumPy multiplies a row whose numbers do not follow each other in its own loop, and not by BLAS."""
    rng = np.random.default_rng(0)
    with one_blas_thread:
        for features, units in [(1, 1), (2, 7), (64, 10), (129, 64), (784, 128), (1100, 1000)]:
            a = rng.normal(size=(2, features)).astype(dtype)[place]
            b = rng.normal(size=(a.shape[1], units)).astype(dtype)
            out = np.full((1, units), np.nan, dtype)
            row_blocked_matmul(a, b, out=out)
            assert out.tobytes() == np.matmul(a, b).tobytes()


def test_arguments_and_result_may_be_views_in_any_order(limit):
    rng = np.random.default_rng(1)
    a, b = rng.integers(-3, 4, (144, 2, 60)).astype("float64"), rng.integers(-3, 4, (144, 2, 16)).astype("float64")
    out = np.full((60, 2, 16), np.nan)

    multiply(a.transpose(1, 2, 0), b.swapaxes(0, 1), out.swapaxes(0, 1))

    np.testing.assert_array_equal(out, np.einsum("kgm,kgn->mgn", a, b))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_tile_is_an_equal_part_and_small_or_else_the_whole(shape, limit):
    _, m, k, n = shape
    rows, columns = tile(m, n, k)

    assert (m % rows, n % columns) == (0, 0)
    assert rows * columns * k <= limit or (rows, columns) == (m, n)


def test_tiles_of_a_convolution_by_hand(monkeypatch):
    monkeypatch.setattr(products, "_small_product", lambda: 1_000_000)
    tile.cache_clear()

    # y = X W of four 26 x 26 windows: 10^6 / 144 / 32 is 217 rows, and 208 is the largest part that 4 divides.
    assert tile(2704, 32, 144) == (208, 32)
    # dW = X^T dy: 10^6 / 2704 / 32 is 11 rows, and 8 of the parts of 144.
    assert tile(144, 32, 2704) == (8, 32)
    tile.cache_clear()


# --- by rows ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def right_away(monkeypatch):
    """A machine on which OpenBLAS multiplies small matrices right away."""
    monkeypatch.setattr(products, "_multiplies_right_away", lambda: True)
    rows_at_once.cache_clear()
    yield
    rows_at_once.cache_clear()


@pytest.mark.parametrize("shape", [(64, 784, 128), (61, 784, 128), (1, 784, 128), (4, 2, 8), (0, 3, 2)], ids=str)
def test_a_product_by_rows_is_the_product(shape, right_away):
    m, k, n = shape
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-3, 4, size).astype("float64") for size in ((k, m), (k, n)))
    out = np.full((m, n), np.nan)

    row_blocked_matmul(a.T, b, out)

    np.testing.assert_array_equal(out, np.einsum("km,kn->mn", a, b))


@pytest.mark.parametrize(
    ("m", "k", "n", "rows"),
    [
        (64, 784, 128, 8),  # 6.4 million; 16 rows would be 1.6
        (60, 784, 128, 6),
        (61, 784, 128, 61),  # 61 is prime
        (62, 784, 128, 62),  # two rows at once are too few
        (64, 128, 64, 64),  # 0.5 million: small as it is
        (128, 784, 128, 128),  # 12.8 million: for the threads
        (1, 784, 128, 1),
    ],
)
def test_how_many_rows_are_multiplied_at_once(m, k, n, rows, right_away):
    assert rows_at_once(m, n, k) == rows


def test_where_small_matrices_are_packed_too_a_product_stays_whole(right_away, monkeypatch):
    monkeypatch.setattr(products, "_multiplies_right_away", lambda: False)
    assert rows_at_once(64, 128, 784) == 64


# --- by several threads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layout", ["rows", "left transposed", "right transposed"])
@pytest.mark.parametrize(
    "shape", [(128, 784, 512), (784, 128, 512), (129, 1000, 333), (30, 600, 2000), (57, 2048, 400)], ids=str
)
def test_bytes_of_a_product_are_those_of_one_thread(shape, layout, dtype, threads):
    m, k, n = shape
    rng = np.random.default_rng(0)
    a = rng.normal(size=(k, m) if layout == "left transposed" else (m, k)).astype(dtype)
    b = rng.normal(size=(n, k) if layout == "right transposed" else (k, n)).astype(dtype)
    a, b = (a.T if layout == "left transposed" else a), (b.T if layout == "right transposed" else b)
    with one_blas_thread:
        whole = a @ b
        for count in (1, 2, 3, 4, 8):
            threads(count)
            out = np.full((m, n), np.nan, dtype)
            multiply_by_threads((a, b, out))
            assert out.tobytes() == whole.tobytes(), f"{count} threads"


def test_a_large_product_is_shared(threads, monkeypatch):
    threads(2)
    barrier = threading.Barrier(2, timeout=30)
    matmul = np.matmul

    def meet(a, b, out):
        barrier.wait()  # two threads are here at one time, or none gets past it
        return matmul(a, b, out=out)

    monkeypatch.setattr(np, "matmul", meet)
    a = np.arange(128 * 784, dtype="float64").reshape(128, 784) % 7
    out = np.empty((128, 128))
    multiply_by_threads((a, np.ones((784, 128)), out))
    np.testing.assert_array_equal(out, np.repeat(a.sum(axis=1, keepdims=True), 128, axis=1))


@pytest.mark.parametrize("count", [2, 3, 4, 8])
def test_products_that_are_shared_together_have_the_bytes_of_one_thread(count, threads):
    rng = np.random.default_rng(0)
    x, dy, w = (rng.normal(size=shape).astype("float32") for shape in ((128, 512), (128, 600), (512, 600)))
    dw, dx = np.full((512, 600), np.nan, "float32"), np.full((128, 512), np.nan, "float32")
    threads(count)
    with one_blas_thread:
        multiply_by_threads((x.T, dy, dw), (dy, w.T, dx))
        assert dw.tobytes() == (x.T @ dy).tobytes()
        assert dx.tobytes() == (dy @ w.T).tobytes()
