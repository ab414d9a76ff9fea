"""Predictions of many samples: shared between cores where that is worth it, and the same numbers."""

import threading

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def two_cores(threads):
    threads(2)


def watched(network, meet=0):
    """Return the thread of each of the network's forward passes; the first `meet` of them wait for one another."""
    threads = []
    forward = network.prepared_sequence.forward
    barrier = threading.Barrier(max(1, meet), timeout=30)
    turns = iter(range(meet))

    def watch(*arguments):
        if next(turns, None) is not None:
            barrier.wait()
        threads.append(threading.get_ident())
        return forward(*arguments)

    network.prepared_sequence.forward = watch
    return threads


@pytest.mark.usefixtures("two_cores")
def test_many_samples_are_shared_and_their_outputs_lie_where_they_belong():
    x = np.random.default_rng(0).normal(size=(2100, 60)).astype(np.float32)
    net = gn.Network("dense(60) tanh").build((60,), seed=0)
    threads = watched(net, meet=2)  # two threads are here at one time, or none gets past it

    got = net.predict(x)

    expected = np.tanh(x.astype(np.float64) @ net.parameters["0.weights"] + net.parameters["0.bias"])
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
    assert len(threads) == 5  # 2,100 = 4 x 512 + 52
    assert len(set(threads)) == 2


@pytest.mark.usefixtures("two_cores")
def test_each_core_converts_its_samples_in_a_buffer_of_its_own():
    x = np.random.default_rng(0).integers(0, 256, (20_000, 10, 6)).astype(np.uint8)
    net = gn.Network("flatten dense(60) tanh").build((10, 6), seed=0)
    weights = net.parameters["1.weights"].astype(np.float64)
    expected = np.tanh(x.reshape(-1, 60) / 255 @ weights + net.parameters["1.bias"])
    np.testing.assert_allclose(net.predict(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize(("samples", "width"), [(512, 200), (5000, 10)])
def test_few_samples_and_small_networks_wake_nobody(samples, width):
    net = gn.Network(f"dense({width}) tanh").build((width,), seed=0)
    threads = watched(net)
    net.predict(np.ones((samples, width), dtype=np.float32))
    assert set(threads) == {threading.get_ident()}


@pytest.mark.usefixtures("two_cores")
def test_an_error_in_another_thread_reaches_the_caller():
    class Break(gn.Layer):
        def forward(self, params, x, ctx):
            barrier.wait()
            if threading.current_thread() is not threading.main_thread():
                raise ZeroDivisionError("there")
            return x, None

    barrier = threading.Barrier(2, timeout=30)
    net = gn.Network([gn.layers.dense(80), Break()]).build((80,), seed=0)
    with pytest.raises(ZeroDivisionError, match="there"):
        net.predict(np.ones((1024, 80), dtype=np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(("places", "first"), [([2099], 2099), ([1500, 600], 600), ([0], 0)])
@pytest.mark.usefixtures("two_cores")
def test_the_first_number_that_is_none_is_named_whoever_finds_one(places, first, bad):
    x = np.zeros((2100, 60), np.float32)
    x[places, 7] = bad
    net = gn.Network("dense(60) tanh").build((60,))
    with pytest.raises(gn.DataError, match=rf"^x has {bad} at sample {first}, position \(7,\)"):
        net.predict(x)


def test_numbers_whose_squares_overflow_are_taken():
    x = np.full((600, 3), 3e38, np.float32)
    assert np.isfinite(gn.Network("dense(2, weight_init=zeros)").build((3,)).predict(x)).all()


def test_a_wrong_call_writes_nothing_to_the_callers_array():
    x, out = np.zeros((2100, 60), np.float32), np.full((2100, 2), 5, np.float32)
    x[2000, 0] = np.nan
    with pytest.raises(gn.DataError, match="at sample 2000"):
        gn.Network("dense(2)").build((60,)).predict(x, out=out)
    np.testing.assert_array_equal(out, 5)


def test_samples_in_a_file_are_read_once():
    class Counting:
        """Rows of a file, such as those of h5py."""

        chunks = None

        def __init__(self, rows):
            self.rows, self.shape, self.dtype, self.read = rows, rows.shape, rows.dtype, 0

        def __getitem__(self, chosen):
            picked = self.rows[chosen]
            self.read += len(picked)
            return picked

    stored = Counting(np.zeros((2100, 60), np.float32))
    gn.Network("dense(2)").build((60,)).predict(stored)
    assert stored.read == 2100
