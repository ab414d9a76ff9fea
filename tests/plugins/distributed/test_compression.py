"""Gradients that are sent in fewer bytes."""

from types import SimpleNamespace

import numpy as np
import pytest

import glassnet as gn
from glassnet_testing.tools.thread_ranks import on_ranks

X = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def summed(compression, gradients):
    """Return what each rank has after one sum."""

    def work(ranks):
        own = np.array(gradients[ranks.rank], np.float32)
        compression.sum(own, ranks, SimpleNamespace())
        return own

    return on_ranks(len(gradients), work)


def test_float16_rounds_to_half_precision():
    # Powers of two are exact; 1 + 2^-12 is not a float16, and rounds to 1.
    one, other = summed(gn.create("compression", "float16"), [[1.0, 0.5, 1 + 2**-12], [1.0, -0.25, 0.0]])
    assert one.tolist() == other.tolist() == [2.0, 0.25, 1.0]


def test_float16_sends_gradients_of_any_size():
    for scale in (1e-30, 1e30):
        one, _ = summed(gn.create("compression", "float16"), [[scale, 0.0], [scale, -scale]])
        np.testing.assert_allclose(one, [2 * scale, -scale], rtol=1e-3)


def test_top_k_sends_the_largest():
    one, other = summed(gn.create("compression", "top_k(0.25)"), [[1.0, -5.0, 2.0, 0.0], [3.0, 1.0, 0.0, 0.5]])
    assert one.tolist() == other.tolist() == [3.0, -5.0, 0.0, 0.0]


def test_what_top_k_leaves_out_is_sent_later():
    compression, sent = gn.create("compression", "top_k(0.5)"), []

    def work(ranks):
        memory = SimpleNamespace()
        for _ in range(2):
            own = np.array([4.0, 3.0], np.float32) * (ranks.rank == 0)
            compression.sum(own, ranks, memory)
            sent.append((ranks.rank, own.tolist()))

    on_ranks(2, work)
    # Left over is 3, and 3 + 3 is more than 4.
    assert [values for rank, values in sent if rank == 0] == [[4.0, 0.0], [0.0, 6.0]]


@pytest.mark.parametrize("compression", ["float16", "top_k(0.2)"])
def test_a_network_learns_with_compressed_gradients(share, compression):
    def work(ranks):
        net = gn.Network("dense(8) tanh dense(2) softmax").build(6, seed=0)
        net.fit(X, Y, loss="cce", optimizer="sgd(lr=0.5)", batch_size=20, epochs=20, progress=False,
                distributed=compression)  # fmt: skip
        return net

    one, other = share(2, work)
    assert one.flat_parameters.tobytes() == other.flat_parameters.tobytes()
    assert np.mean(one.predict(X).argmax(axis=1) == Y) > 0.95


def test_an_unknown_compression_is_named(share):
    with pytest.raises(gn.UnknownComponentError, match="unknown compression 'float61', did you mean 'float16'"):
        share(2, lambda ranks: gn.Network("dense(2) softmax").fit(X, Y, loss="cce", optimizer="sgd",
                                                                  distributed="float61"))  # fmt: skip
