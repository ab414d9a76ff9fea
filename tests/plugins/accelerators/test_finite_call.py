"""A look for NaN and infinity by one call of compiled code finds them in every place."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from glassnet_accelerators import numpy_blas
from glassnet_accelerators.finite_call import product_is_finite
from glassnet_machine_code.installed import is_installed

REASON = None if is_installed() and numpy_blas.sdot() else "there is no compiler, or NumPy has another BLAS library"
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("length", [1, 33, 70])
def test_one_bad_number_is_found_in_every_place(value, length):
    x, y = np.random.default_rng(0).normal(size=(2, length)).astype("float32")
    is_finite = product_is_finite(x, y)
    for vector in (x, y):
        for place in range(length):
            number, vector[place] = vector[place], value
            assert is_finite() is False
            vector[place] = number
            assert is_finite() is True


def test_a_product_that_overflows_is_not_finite():
    x = np.full(9, 3e38, np.float32)
    assert product_is_finite(x, np.full(9, 2, np.float32))() is False
    assert product_is_finite(x, np.zeros(9, np.float32))() is True


def test_vectors_live_as_long_as_the_function():
    is_finite = product_is_finite(np.full(5000, np.inf, np.float32), np.ones(5000, np.float32))
    gc.collect()
    _ = [np.zeros(5000, np.float32) for _ in range(50)]
    assert is_finite() is False


def test_other_types_and_vectors_in_pieces_are_left_to_numpy():
    x = np.ones(20, np.float32)
    for other in (np.ones(20), x[::2], np.ones(20, ">f4"), x.view(np.recarray)):
        assert product_is_finite(other, other) is None


@pytest.mark.parametrize("bad", ["gradients", "parameters"])
def test_a_run_stops_at_the_step(bad, monkeypatch):
    """As in a run without compiled code, whose messages `tests/plugins/divergence` compares."""
    import glassnet as gn
    import glassnet_machine_code.compiler  # noqa: F401  # it is there, as in a run with compiled code

    class Spoil(gn.Callback):
        def on_after_backward(self, run):
            if run.step == 3:
                network = run.config.network
                (network.gradients if bad == "gradients" else network.flat_parameters)[1] = np.nan

    x = np.eye(4, dtype=np.float32)
    net = gn.Network("dense(3) tanh dense(1)").build(4)
    with pytest.raises(gn.NonFiniteError, match="at step 4" if bad == "gradients" else "at step 3") as stopped:
        net.fit(x, x[:, :1], loss="mse", optimizer="adam", batch_size=2, epochs=9, callbacks=[Spoil()], progress=False)
    assert stopped.value.diverged["operation"] == ("backward" if bad == "gradients" else "update")


def test_the_first_vector_is_copied_if_the_product_is_finite():
    x, kept = np.arange(40, dtype=np.float32), np.zeros(40, np.float32)
    look = product_is_finite(x, x, kept)
    assert look() is True
    assert kept.tolist() == list(range(40))
    x[3], x[4] = np.nan, 7
    assert look() is False
    assert kept.tolist() == list(range(40))
