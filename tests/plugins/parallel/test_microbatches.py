"""Batches in parts: the numbers of the whole batch, on any number of cores; and whole where samples are mixed."""

import threading

import numpy as np
import pytest

import glassnet as gn
from glassnet.model.objective import Objective
from glassnet_autodiff.check_once import objective_gradients
from glassnet_parallel import microbatches as batch_parts
from glassnet_parallel.microbatches import Microbatches
from glassnet_parallel.thread_pool import num_workers, parallel_for


@pytest.fixture
def small_parts(monkeypatch):
    """Let parts be worth it for a few numbers already."""
    monkeypatch.setattr(batch_parts, "_NUMBERS", 200)
    monkeypatch.setattr(batch_parts, "_NUMBERS_A_GRADIENT", 0)


LAYERS = "conv2d(3, 3) relu max_pool2d flatten dense(4) tanh dense(2) softmax"


def data(samples=23, shape=(6, 6, 1)):
    rng = np.random.default_rng(0)
    return rng.normal(size=(samples, *shape)), rng.integers(0, 2, samples)


def objective_of(layers, shape=(6, 6, 1), loss="categorical_crossentropy", **options):
    net = gn.Network(layers).build(shape, dtype="float64", seed=1)
    return Objective(net, gn.create("loss", loss), **options)


def outcome(objective, x, y, weights=None):
    loss, output = objective_gradients(objective, x, y, weights, step=3, seed=0)
    return loss, output.copy(), objective.network.gradients.copy()


@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, 23)])
def test_loss_outputs_and_gradients_are_those_of_the_whole_batch(small_parts, monkeypatch, weights):
    x, y = data()
    objective = objective_of(LAYERS, regularizer=gn.create("regularizer", "l2(0.1)"))
    assert objective.parts.count(objective.sequence, 23) > 3
    in_parts = outcome(objective, x, y, weights)
    monkeypatch.setattr(Microbatches, "count", lambda *_: 1)
    for got, expected in zip(in_parts, outcome(objective, x, y, weights), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)


def test_bytes_are_the_same_on_any_number_of_cores(small_parts, threads):
    x, y = data()
    ends = []
    for count in (1, 2, 5):
        threads(count)
        net = gn.Network(LAYERS.replace("tanh", "tanh dropout(0.5)")).build((6, 6, 1), seed=1)
        net.fit(x, y, loss="cce", optimizer="adam", epochs=3, batch_size=20, progress=False)
        ends.append(net.flat_parameters.tobytes())
    assert ends[0] == ends[1] == ends[2]


def test_each_part_has_random_numbers_of_its_own(small_parts):
    x, y = np.ones((20, 50)), np.ones((20, 50))
    objective = objective_of("dropout(0.5)", (50,), "mse")
    _, output, _ = outcome(objective, x, y)
    assert len({row.tobytes() for row in output}) == 20


def test_layers_that_mix_samples_get_the_whole_batch(small_parts):
    for layers in ("flatten batch_norm dense(2)", "residual([batch_norm]) flatten dense(2)"):
        objective = objective_of(layers, loss="mse")
        assert objective.parts.count(objective.sequence, 40) == 1


def test_a_foreign_layer_gets_the_whole_batch_by_default(small_parts):
    class Double(gn.Layer):
        def forward(self, params, x, ctx):
            return 2 * x, None

    class DoubleApart(Double):
        batch_independent = True

    counts = []
    for layer in (Double(), DoubleApart()):
        objective = objective_of([layer], (30,), "mse")
        counts.append(objective.parts.count(objective.sequence, 40))
    assert counts[0] == 1 < counts[1]


def test_a_batch_is_cut_where_that_is_worth_waking_a_thread():
    # By hand: 34,474 numbers a sample between the layers, 12,810 parameters.
    layers = "conv2d(16, 3) relu max_pool2d conv2d(32, 3) relu max_pool2d flatten dense(10)"
    objective = objective_of(layers, (28, 28, 1), "mse")
    counts = [objective.parts.count(objective.sequence, samples) for samples in (1, 32, 64, 128)]
    assert counts == [1, 1, 2, 4]
    # Gradients of 4 x 1,809,810 parameters would have to be added for 4.61 million numbers.
    objective = objective_of("dense(1000) relu dense(800) relu dense(10)", (1000,), "mse")
    assert objective.parts.count(objective.sequence, 1000) == 1


def test_work_within_work_stays_on_its_thread(threads):
    threads(3)
    inner = []

    def outer(piece, worker):
        assert num_workers(8) == 1
        here = threading.get_ident()
        parallel_for(8, lambda piece, worker: inner.append((threading.get_ident() == here, worker)))

    parallel_for(6, outer)
    assert inner == [(True, 0)] * 48
    assert num_workers(8) == 3


def test_an_error_in_a_part_is_raised(small_parts, threads):
    threads(2)

    class Breaks(gn.Layer):
        batch_independent = True

        def forward(self, params, x, ctx):
            if x[0, 0] > 0:
                raise ArithmeticError("here")
            return x, None

        def backward(self, params, cache, dy, grads, ctx):
            return dy

    x = np.zeros((20, 40))
    x[10:] = 1
    objective = objective_of([Breaks()], (40,), "mse")
    with pytest.raises(ArithmeticError, match="here"):
        outcome(objective, x, x)
    outcome(objective, x * 0, x)


class Shifted(gn.Layer):
    """Subtracts a state array, and counts the batches of the training."""

    batch_independent = True

    def output_shape(self, shape):
        return shape

    def state(self, shape):
        return {"shift": np.full(shape, 2.0), "batches": np.zeros(1)}

    def forward(self, params, x, ctx):
        if ctx.training:
            ctx.state["batches"] += 1
        return x - ctx.state["shift"].astype(x.dtype), None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


def test_a_layer_with_state_has_it_and_sees_whole_batches(small_parts):
    x, y = data()
    objective = objective_of(["flatten", Shifted(), "dense(4)", "tanh", "dense(2)", "softmax"])
    outcome(objective, x, y)
    assert objective.network.state["1"]["batches"] == [1]
