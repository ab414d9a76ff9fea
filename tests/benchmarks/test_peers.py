"""Who is measured, and whether all do the same work."""

import dataclasses

import numpy as np
import pytest

from benchmarks import peers
from benchmarks.cases import Case, Convolution, Dense, Samples, perceptron
from benchmarks.peers import FLOOR, OURS, available, peer_class
from benchmarks.peers.matrix_products import MatrixProducts
from benchmarks.training import disagreeing, loss, made

RNG = np.random.default_rng(0)
DENSE = perceptron(6, 5, 4, batch=8, steps=3)
CONVOLUTIONAL = Case(
    "small", (10, 8, 1), (Convolution(3), "relu", "max_pool", "flatten", Dense(4)), "softmax", batch=8, samples=24
)
YES_OR_NO = dataclasses.replace(DENSE, layers=(Dense(5), "tanh", Dense(1)), output="sigmoid")


def samples(case):
    x = RNG.normal(size=(case.samples, *case.input_shape)).astype(np.float32)
    labels = RNG.integers(0, 2 if case.output == "sigmoid" else 4, case.samples)
    labels[: case.batch] = np.arange(case.batch) % (2 if case.output == "sigmoid" else 4)
    return Samples(x, labels.reshape(-1, 1).astype(np.float32) if case.output == "sigmoid" else labels)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras reads its variables so
@pytest.mark.parametrize("name", [name for name in peers.ALL if name not in (OURS, FLOOR, peers.COMPILED)])
@pytest.mark.parametrize("case", [DENSE, CONVOLUTIONAL, YES_OR_NO], ids=["dense", "convolutional", "sigmoid"])
def test_an_epoch_takes_every_peer_to_the_same_outputs(name, case):
    data = samples(case)
    both, missing = made(case, data, [OURS, name])
    if name not in both:
        pytest.skip(missing[name])
    untrained = both[OURS].outputs(data.x)
    for steps in (1, 3, 3):  # each time from the start
        for peer in both.values():
            peer.first_steps(steps)
        ours, theirs = (peer.outputs(data.x) for peer in both.values())
        np.testing.assert_allclose(theirs, ours, atol=2e-5)
    assert np.abs(ours - untrained).max() > 1e-3
    for peer in both.values():
        peer.start()
        peer.train(1)
    epochs = [peer.outputs(data.x) for peer in both.values()]
    np.testing.assert_allclose(epochs, [ours, ours], atol=2e-5)  # an epoch has three steps


def test_a_library_that_is_not_there_leaves_out_its_peer_and_is_named(monkeypatch):
    def import_module(name):
        raise ModuleNotFoundError("No module named 'jax'", name="jax")

    monkeypatch.setattr(peers.importlib, "import_module", import_module)
    assert available([peers.JAX]) == ({}, {peers.JAX: "jax is not installed"})


def test_a_peer_that_does_not_work_here_says_why(monkeypatch):
    monkeypatch.setattr(peer_class(OURS), "why_not_here", lambda: "there is no compiler")
    assert available([OURS]) == ({}, {OURS: "there is no compiler"})


def test_a_network_that_a_peer_cannot_train_leaves_it_out():
    class CannotTrain(MatrixProducts):
        @classmethod
        def why_not(cls, case):
            return "it has no dense layer"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.peers.matrix_products.MatrixProducts", CannotTrain)
        assert made(DENSE, samples(DENSE), [FLOOR]) == ({}, {FLOOR: "it has no dense layer"})


def test_who_ends_with_another_loss_is_not_counted():
    losses = {OURS: 0.5, "near": 0.524, "far": 0.526, "lower": 0.474, "broken": float("nan")}
    assert disagreeing(losses, "final loss", 0.05) == {
        "far": "its final loss is 0.5260, and ours 0.5000",
        "lower": "its final loss is 0.4740, and ours 0.5000",
        "broken": "its final loss is nan, and ours 0.5000",
    }


@pytest.mark.parametrize(("tolerance", "far"), [(0.001, ["near", "far"]), (0.002, ["far"]), (0.004, [])])
def test_each_network_says_how_closely_the_first_steps_have_to_agree(tolerance, far):
    losses = {OURS: 0.5, "near": 0.5008, "far": 0.5012}
    assert list(disagreeing(losses, "loss after 20 steps", tolerance)) == far


def test_the_loss_is_the_crossentropy_by_hand():
    class Says(MatrixProducts):
        def __init__(self, case, outputs):
            self.case, self.said = case, np.array(outputs)

        def outputs(self, x):
            return self.said

    classes = Says(DENSE, [[0.5, 0.5], [0.25, 0.75]])
    assert loss(classes, Samples(np.zeros((2, 6)), np.array([0, 1]))) == pytest.approx((np.log(2) + np.log(4 / 3)) / 2)
    yes_or_no = Says(YES_OR_NO, [[0.2], [0.4]])
    data = Samples(np.zeros((2, 6)), np.array([[1.0], [0.0]]))
    assert loss(yes_or_no, data) == pytest.approx((np.log(5) + np.log(5 / 3)) / 2)


def test_the_floor_is_the_products_of_a_step():
    """6-5-4, batch 8: forward, weights and, for the second layer only, inputs."""
    floor = made(DENSE, samples(DENSE), [FLOOR])[0][FLOOR]
    shapes = [(a.shape, b.shape, out.shape) for a, b, out in floor.products]
    first = [((8, 6), (6, 5), (8, 5)), ((6, 8), (8, 5), (6, 5))]
    second = [((8, 5), (5, 4), (8, 4)), ((5, 8), (8, 4), (5, 4)), ((8, 4), (4, 5), (8, 5))]
    assert shapes == first + second


def test_a_convolution_counts_as_the_products_of_its_columns():
    """10x8 images become 8x6 places of 9 numbers; after pooling, 4x3 places of 3 filters are flattened."""
    floor = made(CONVOLUTIONAL, samples(CONVOLUTIONAL), [FLOOR])[0][FLOOR]
    assert [out.shape for _, _, out in floor.products] == [(8 * 48, 3), (9, 3), (8, 4), (36, 4), (8, 36)]
