"""Optimizers that hold another one: ema and accumulate, alone, nested, and in a run."""

import itertools

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(24, 3))
Y = X @ np.array([[1.0], [-2.0], [0.5]]) + 1


def fit(optimizer, batch_size=4, epochs=3, **options):
    net = gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64")
    net.fit(X, Y, loss="mse", optimizer=optimizer, batch_size=batch_size, epochs=epochs, seed=2, **options)
    return net


class Passed(gn.Callback):
    """Collects the parameters after each step, for the test to read."""

    def on_run_start(self, run):
        run.memory(self).points = []
        points.append(run.memory(self).points)

    def on_batch_end(self, run):
        run.memory(self).points.append(run.network.vector.copy())


points: list = []


@pytest.fixture(autouse=True)
def _no_points_yet():
    points.clear()


def test_ema_leaves_the_corrected_average_of_what_training_passed_through():
    net = fit("ema(sgd(lr=0.05), decay=0.8)", callbacks=[Passed()])
    (passed,) = points
    weights = 0.8 ** np.arange(len(passed))[::-1]
    expected = (weights[:, None] * np.array(passed)).sum(axis=0) / weights.sum()
    np.testing.assert_allclose(net.vector, expected, rtol=1e-12)


def test_ema_does_not_change_the_steps_of_the_optimizer_inside():
    fit("ema(adam(lr=0.05))", callbacks=[Passed()])
    fit("adam(lr=0.05)", callbacks=[Passed()])
    for inside, alone in zip(*points, strict=True):
        np.testing.assert_array_equal(inside, alone)


def test_ema_is_validated_with_the_average():
    net = gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64")
    history = net.fit(X, Y, loss="mse", optimizer="ema(sgd(lr=0.05), decay=0.9)", batch_size=4, validation=(X, Y))
    # One epoch: what was validated last is what the network holds now.
    assert history["val_loss"][-1] == pytest.approx(net.evaluate(X, Y)["loss"], rel=1e-12)


def test_accumulating_small_batches_is_one_large_batch():
    """Batches of 4, three a step, are batches of 12: the mean of means of equal size."""
    accumulated = fit("accumulate(adam(lr=0.05), steps=3)", batch_size=4)
    at_once = fit("adam(lr=0.05)", batch_size=12)
    np.testing.assert_allclose(accumulated.vector, at_once.vector, rtol=1e-10)


def test_parameters_stand_still_between_the_steps_inside():
    fit("accumulate(sgd(lr=0.1), steps=4)", epochs=2, callbacks=[Passed()])
    (passed,) = points
    moved = [not np.array_equal(a, b) for a, b in itertools.pairwise(passed)]
    # Batches 4, 8 and 12 of the twelve move.
    assert moved == [False, False, True, False, False, False, True, False, False, False, True]


def test_wrappers_nest():
    nested = fit("ema(accumulate(momentum(lr=0.05), steps=3), decay=0)", batch_size=4)
    at_once = fit("momentum(lr=0.05)", batch_size=12)
    np.testing.assert_allclose(nested.vector, at_once.vector, rtol=1e-10)
    assert gn.create("optimizer", "ema(accumulate(adam(lr=0.3)))").lr == 0.3


def test_they_take_how_to_work_from_the_optimizer_inside():
    assert gn.create("optimizer", "ema(muon)").works_on == "tensor"
    assert gn.create("optimizer", "accumulate(lbfgs)").works_on == "network"


@pytest.mark.parametrize(
    "optimizer", ["ema(sgd(lr=0.1), decay=0.9)", "accumulate(ema(sgd(lr=0.1), decay=0.9), steps=2)"]
)
def test_an_average_keeps_to_the_constraints_too(optimizer):
    """The second weight wants to be -2, and each step takes it a little below 0 before it is brought back."""
    net = gn.Network(["dense(1, constraint=non_negative)"]).build((3,), seed=1, dtype="float64")
    history = net.fit(X, Y, loss="mse", optimizer=optimizer, batch_size=4, epochs=10, validation=(X, Y))
    assert net.parameters["0.weights"][1] == 0
    assert history["val_loss"][-1] == pytest.approx(net.evaluate(X, Y)["loss"], rel=1e-12)


def test_accumulate_hands_down_the_mean_and_its_own_count_of_steps():
    handed = []

    class Spy(gn.Optimizer):
        lr: float = gn.option(0.5)

        def update(self, p, g, state, lr, t):
            handed.append((g.tolist(), lr, t))

    optimizer = gn.optimizers.accumulate(Spy(), steps=3)
    state = {name: np.zeros(2) for name in optimizer.slots}
    for t in range(1, 8):
        optimizer.step(np.zeros(2), np.array([t, -1.0]), state, 0.1 * t, t, lambda: 0.0)
    # Means of 1, 2, 3 and of 4, 5, 6; the schedule's step size of the third and of the sixth batch.
    assert handed == [([2.0, -1.0], pytest.approx(0.3), 1), ([5.0, -1.0], pytest.approx(0.6), 2)]


def test_before_the_first_step_inside_there_is_no_average():
    net = gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64")
    start = net.vector.copy()
    net.fit(X, Y, loss="mse", optimizer="accumulate(ema(sgd), steps=100)", batch_size=4, epochs=2)
    assert net.vector.tobytes() == start.tobytes()


def test_names_of_nested_state_do_not_clash():
    optimizer = gn.create("optimizer", "accumulate(accumulate(ema(nadam)))")
    names = (*optimizer.slots, *optimizer.scalars)
    # Two sums; a sum and a count of steps; two means and a product.
    assert len(set(names)) == len(names) == 1 + 1 + 2 + 3
