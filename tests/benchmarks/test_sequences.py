"""Whether all compute the same on sequences, and in single layers, activations and losses."""

import numpy as np
import pytest

elementwise = pytest.importorskip("benchmarks.elementwise", reason="it needs PyTorch")
layers = pytest.importorskip("benchmarks.layers", reason="it needs PyTorch")
peers_of = pytest.importorskip("benchmarks.peers", reason="it needs the peers")
sequences = pytest.importorskip("benchmarks.sequences", reason="it needs PyTorch")
OURS, PLAIN = peers_of.OURS, peers_of.PLAIN
SEQUENCES, samples_of = sequences.SEQUENCES, sequences.samples_of


@pytest.mark.parametrize("name", SEQUENCES)
def test_some_steps_take_every_peer_to_the_same_outputs(name):
    data = samples_of(name)
    peers, missing = sequences.made(SEQUENCES[name], data)
    few = data.x[:4]
    untrained = peers[OURS].outputs(few)
    for peer in peers.values():
        peer.first_steps(3)
    ours = peers[OURS].outputs(few)
    assert np.abs(ours - untrained).max() > 1e-4
    for other, peer in peers.items():
        np.testing.assert_allclose(peer.outputs(few), ours, atol=2e-4, err_msg=other)
    assert len(peers) + len(missing) == 5


@pytest.mark.parametrize("case", [case for case in elementwise.cases() if case.endswith(" 10,000")])
def test_an_activation_and_a_loss_have_the_gradient_of_pytorch(case):
    assert elementwise.cases()[case](1)["not_counted"] == {}


def test_a_gradient_that_differs_is_not_counted():
    assert elementwise._differing(np.array([1.0, 2.0]), np.array([1.0, 2.5])) == {
        "PyTorch": "its gradient is 20.0% off ours"
    }


def test_parts_of_a_batch_have_the_gradient_of_the_whole(monkeypatch):
    """On ones, the gradient of tanh is 1 - tanh² of each element."""
    x = np.linspace(-2, 2, 24, dtype=np.float32).reshape(6, 4)
    monkeypatch.setattr(layers.Microbatches, "count", lambda *_: 3)
    found = np.concatenate(layers.ours_of(["tanh"], x, np.ones_like(x))())
    np.testing.assert_allclose(found, 1 - np.tanh(x.astype(float)) ** 2, rtol=1e-5)


def test_a_single_layer_is_timed_with_the_extra_and_without():
    seconds = layers.passed("layer_norm, batch 32, 64 steps of 128", 1)["seconds"]
    assert list(seconds) == [OURS, PLAIN, "PyTorch"]
