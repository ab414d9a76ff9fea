"""dense by MKL: right for every layout of matrices, used where it is said to be, and recorded."""

import itertools
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators import mkl
from glassnet_accelerators.mkl_dense import DenseByMkl, MklDense

# Elsewhere nothing installs it (pyproject.toml); on Linux on x86-64 it has to be there.
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64", reason="MKL is for Linux on x86-64"
)


@pytest.fixture
def here(monkeypatch):
    """An Intel processor, whose user has not set a number of threads."""
    monkeypatch.setattr(mkl, "_is_of_intel", lambda: True)
    for name in ("GLASSNET_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOTO_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)


def _laid_out(rows, columns, layout, rng):
    """Return a matrix of integers, whose products are exact, laid out in some way."""

    def integers(*shape):
        return rng.integers(-4, 5, shape).astype(np.float32)

    match layout:
        case "whole":
            return integers(rows, columns)
        case "transposed":
            return integers(columns, rows).T
        case "part":
            return integers(rows, columns + 3)[:, 2:-1]
        case "every other":
            return integers(2 * rows, 3 * columns)[::2, ::3]
        case "unaligned":
            raw = np.zeros(4 * rows * columns + 1, np.uint8)[1:].view(np.float32).reshape(rows, columns)
            raw[:] = integers(rows, columns)
            return raw


LAYOUTS = ("whole", "transposed", "part", "every other", "unaligned")


@pytest.mark.parametrize("b_layout", LAYOUTS)
@pytest.mark.parametrize("a_layout", LAYOUTS)
def test_products_are_exact_for_every_layout(a_layout, b_layout):
    from glassnet_accelerators.mkl_product import product

    rng = np.random.default_rng(0)
    for m, k, n in itertools.product((1, 2, 17), (1, 3, 40), (1, 2, 33)):
        a, b = _laid_out(m, k, a_layout, rng), _laid_out(k, n, b_layout, rng)
        wanted = a.astype(np.int64) @ b.astype(np.int64)
        wide, turned = np.full((m, 2 * n), np.nan, np.float32), np.full((n, m), np.nan, np.float32)
        for out in (np.full((m, n), np.nan, np.float32), wide[:, ::2], wide[:, n:], turned.T):
            product(a, b, out=out)
            np.testing.assert_array_equal(out, wanted)


def test_large_weights_are_gone_through_in_pieces_to_the_same_sum():
    from glassnet_accelerators.mkl_product import product

    rng = np.random.default_rng(0)
    a, b = _laid_out(3, 1100, "whole", rng), _laid_out(1100, 1000, "whole", rng)
    np.testing.assert_array_equal(product(a, b), a.astype(np.int64) @ b.astype(np.int64))


def test_a_sum_over_nothing_is_zero():
    from glassnet_accelerators.mkl_product import product

    out = np.full((4, 2), np.nan, np.float32)
    product(np.empty((0, 4), np.float32).T, np.empty((0, 2), np.float32), out=out)
    np.testing.assert_array_equal(out, np.zeros((4, 2)))


def test_several_threads_multiply_at_once():
    from glassnet_accelerators.mkl_product import product

    rng = np.random.default_rng(0)
    a, b = _laid_out(128, 784, "whole", rng), _laid_out(784, 512, "whole", rng)
    wanted, found = a.astype(np.int64) @ b.astype(np.int64), []
    threads = [threading.Thread(target=lambda: found.extend(product(a, b) for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(np.array_equal(each, wanted) for each in found)


@pytest.mark.parametrize("shape", [(6, 5), (6, 4, 5)])
def test_outputs_and_gradients_are_those_of_the_formula(shape):
    rng = np.random.default_rng(0)
    x, dy = (rng.integers(-4, 5, each).astype(np.float32) for each in (shape, (*shape[:-1], 3)))
    weights, bias = rng.integers(-4, 5, (5, 3)).astype(np.float32), np.array([1, -2, 3], np.float32)
    net = gn.Network([DenseByMkl(gn.layers.dense(3))]).build(shape[1:])
    params = {"weights": weights, "bias": bias}
    grads = {name: np.full_like(value, np.nan) for name, value in params.items()}
    layer = net.layers[0]
    with net.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        # Turned round, they are not in one piece.
        y, cache = layer.forward(params, x[::-1], ctx)
        dx = layer.backward(params, cache, dy[::-1], grads, ctx)
    rows, dy_rows = x.reshape(-1, 5), dy.reshape(-1, 3)
    np.testing.assert_array_equal(y, (x @ weights + bias)[::-1])
    np.testing.assert_array_equal(dx, (dy @ weights.T)[::-1])
    np.testing.assert_array_equal(grads["weights"], rows.T @ dy_rows)
    np.testing.assert_array_equal(grads["bias"], dy_rows.sum(axis=0))


def test_eight_bytes_a_number_are_left_to_the_layer():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((7, 5))
    dense = gn.Network("dense(3)").build((5,), dtype="float64")
    by_mkl = gn.Network([DenseByMkl(gn.layers.dense(3))]).build((5,), dtype="float64")
    assert by_mkl.predict(x).tobytes() == dense.predict(x).tobytes()


def _fit(**options):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((640, 20), np.float32), rng.integers(0, 3, 640)
    net = gn.Network("dense(30) tanh dense(3) softmax").build((20,), seed=0)
    net.fit(x, y, loss="categorical_crossentropy", optimizer="sgd(0.1)", batch_size=64, progress=False, **options)
    return net


@pytest.fixture
def from_the_first_number(monkeypatch):
    """Runs that are large enough for it, however small."""
    monkeypatch.setattr(MklDense, "is_worthwhile", lambda self, workload: True)


def test_training_comes_to_the_same_parameters(here, from_the_first_number):
    class KeepNames(gn.Callback):
        """Keeps the names of the accelerators in use."""

        def on_run_start(self, run):
            names.extend(run.describe()["accelerators"])

    names = []
    faster = _fit(epochs=3, callbacks=[KeepNames()])
    gn.use_accelerators(False)
    try:
        plain = _fit(epochs=3)
    finally:
        gn.use_accelerators(None)
    assert "mkl_dense" in names
    np.testing.assert_allclose(faster.flat_parameters, plain.flat_parameters, atol=1e-5)
    assert faster.flat_parameters.tobytes() == _fit(epochs=3).flat_parameters.tobytes()


def test_a_run_with_it_is_not_continued_without(here, from_the_first_number, tmp_path, monkeypatch):
    _fit(epochs=2, folder=tmp_path / "run", callbacks=["checkpoint"])
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    with pytest.raises(gn.ResumeError, match="accelerator mkl_dense"):
        _fit(epochs=4, resume_from=tmp_path / "run")


def test_it_says_why_it_is_not_used(here, monkeypatch):
    assert MklDense.unavailable_reason() is None
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert MklDense.unavailable_reason() == "OMP_NUM_THREADS is set, and MKL's threads on TBB cannot be limited"
    assert MklDense.remark() == f"not in use for layer glassnet:dense: {MklDense.unavailable_reason()}"
    monkeypatch.setattr(mkl, "_library", lambda *names: None)
    assert MklDense.unavailable_reason() == "it needs mkl, which is not installed"
    monkeypatch.setattr(mkl, "_is_of_intel", lambda: False)
    assert "not Intel's" in MklDense.unavailable_reason()
    monkeypatch.setattr(mkl.platform, "machine", lambda: "arm64")
    assert "x86-64 alone" in MklDense.unavailable_reason()


def test_wrong_products_are_noticed_and_mkl_is_left_alone(here, from_the_first_number, monkeypatch):
    from glassnet_accelerators import mkl_product

    def half(a, b):
        y = a @ b
        y[len(y) // 2 :] = 0
        return y

    monkeypatch.setattr(mkl_product, "product", half)
    mkl_product.check_once.cache_clear()
    with pytest.warns(gn.GlassnetWarning, match="mkl_dense does not work here.*products are wrong"):
        _fit(epochs=1)


def test_a_process_that_has_set_mkl_up_otherwise_is_left_alone():
    script = """
import ctypes
from glassnet_accelerators import mkl
ctypes.CDLL(str(mkl._library("tbb", "libtbb.so.")))
ctypes.CDLL(str(mkl._library("mkl", "libmkl_rt.so"))).MKL_Set_Threading_Layer(1)  # no threads
try:
    mkl.load()
except RuntimeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "in use in this process already" in done.stdout


def test_a_forked_process_multiplies_without_mkl():
    """MKL's threads are not in the child, where every other product waited for them for ever."""
    script = """
import os
import numpy as np
import glassnet as gn
from glassnet_accelerators import mkl
from glassnet_accelerators.mkl_dense import DenseByMkl
from glassnet_accelerators.mkl_product import check_once, product
check_once()
net = gn.Network([DenseByMkl(gn.layers.dense(600))]).build((600,))
net.parameters["0.weights"] = np.full((600, 600), 2)
child = os.fork()
a = np.ones((600, 600), np.float32)
assert mkl.is_usable_here() == (child > 0)
if child:
    product(a, a)
assert (net.predict(a) == 1200).all()
if child:
    print("ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "ended with 0\n"


def test_a_process_that_was_forked_before_mkl_was_loaded_may_use_it():
    script = """
import os
from glassnet_accelerators import mkl
child = os.fork()
assert mkl.is_usable_here()
mkl.load()
assert mkl.is_usable_here()
if child:
    print("ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "ended with 0\n"
