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
        run.state_of(self).points = []
        points.append(run.state_of(self).points)

    def on_batch_end(self, run):
        run.state_of(self).points.append(run.network.flat_parameters.copy())


points: list = []


@pytest.fixture(autouse=True)
def _no_points_yet():
    points.clear()


def test_ema_leaves_the_corrected_average_of_what_training_passed_through():
    net = fit("ema(sgd(lr=0.05), decay=0.8)", callbacks=[Passed()])
    (passed,) = points
    weights = 0.8 ** np.arange(len(passed))[::-1]
    expected = (weights[:, None] * np.array(passed)).sum(axis=0) / weights.sum()
    np.testing.assert_allclose(net.flat_parameters, expected, rtol=1e-12)


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
    np.testing.assert_allclose(accumulated.flat_parameters, at_once.flat_parameters, rtol=1e-10)


def test_parameters_stand_still_between_the_steps_inside():
    fit("accumulate(sgd(lr=0.1), steps=4)", epochs=2, callbacks=[Passed()])
    (passed,) = points
    moved = [not np.array_equal(a, b) for a, b in itertools.pairwise(passed)]
    # Batches 4, 8 and 12 of the twelve move.
    assert moved == [False, False, True, False, False, False, True, False, False, False, True]


def test_wrappers_nest():
    nested = fit("ema(accumulate(momentum(lr=0.05), steps=3), decay=0)", batch_size=4)
    at_once = fit("momentum(lr=0.05)", batch_size=12)
    np.testing.assert_allclose(nested.flat_parameters, at_once.flat_parameters, rtol=1e-10)
    assert gn.create("optimizer", "ema(accumulate(adam(lr=0.3)))").lr == 0.3


def test_they_take_how_to_work_from_the_optimizer_inside():
    assert gn.create("optimizer", "ema(muon)").granularity == "parameter"
    assert gn.create("optimizer", "accumulate(lbfgs)").granularity == "model"


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
    optimizer = gn.create("optimizer", "accumulate(ema(sgd), steps=100)")
    state = {name: np.zeros(2) for name in (*optimizer.slots, *optimizer.scalars)}
    optimizer.step(np.ones(2), np.ones(2), state, 0.1, 1, lambda: 0.0)
    assert optimizer.averaged_parameters(np.ones(2), state) is None


def gradients_at_the_start(batches):
    """Return the mean over batches of the mean gradient of the squared error, at the first parameters."""
    net = gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64")
    weights, bias = net.parameters["0.weights"], net.parameters["0.bias"]
    means = []
    for rows in batches:
        error = 2 * (X[rows] @ weights + bias - Y[rows])
        means.append([*(X[rows].T @ error / len(rows)).ravel(), error.mean()])
    return net.flat_parameters.copy(), np.mean(means, axis=0)


class Rows(gn.Callback):
    """Notes which rows of X each batch has."""

    def on_batch_start(self, run):
        rows.append([int(np.flatnonzero((x == X).all(axis=1))[0]) for x in run.batch[0]])


rows: list = []


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_batches_left_over_at_the_end_of_a_run_are_a_step(batches):
    rows.clear()
    net = gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64")
    x, y = X[: 4 * batches], Y[: 4 * batches]
    net.fit(x, y, loss="mse", optimizer="accumulate(sgd(lr=0.1), steps=4)", batch_size=4, callbacks=[Rows()])
    start, gradient = gradients_at_the_start(rows)
    np.testing.assert_allclose(net.flat_parameters, start - 0.1 * gradient, rtol=1e-12)


def test_the_rest_over_two_epochs_has_its_own_mean():
    """Three batches an epoch, four a step: two epochs are one step of four batches and one of two."""
    rows.clear()
    net = gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64")
    options = {"loss": "mse", "batch_size": 4, "epochs": 2, "callbacks": [Rows()]}
    net.fit(X[:12], Y[:12], optimizer="accumulate(sgd(lr=0.1), steps=4)", **options)
    start, first = gradients_at_the_start(rows[:4])
    moved = start - 0.1 * first
    second = np.mean(
        [
            [*(X[r].T @ e / len(r)).ravel(), e.mean()]
            for r in rows[4:]
            for e in [2 * (X[r] @ moved[:3, None] + moved[3] - Y[r])]
        ],
        axis=0,
    )
    np.testing.assert_allclose(net.flat_parameters, moved - 0.1 * second, rtol=1e-12)


def test_the_last_step_has_the_step_size_of_the_last_batch():
    """With a cosine the step size after the end would be 0, and the step no step."""
    rows.clear()
    net = gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64")
    options = {"loss": "mse", "batch_size": 4, "schedule": "cosine", "callbacks": [Rows()]}
    net.fit(X[:12], Y[:12], optimizer="accumulate(sgd(lr=0.1), steps=4)", **options)
    start, gradient = gradients_at_the_start(rows)
    lr = 0.1 * (1 + np.cos(np.pi * 2 / 3)) / 2
    np.testing.assert_allclose(net.flat_parameters, start - lr * gradient, rtol=1e-12)


@pytest.mark.parametrize(
    "optimizer", ["accumulate(sgd(lr=0.1), steps=4)", "ema(accumulate(sgd(lr=0.1), steps=4), decay=0.5)",
                  "accumulate(accumulate(sgd(lr=0.1), steps=2), steps=3)"]
)  # fmt: skip
def test_validation_sees_the_network_as_the_run_would_leave_it(optimizer):
    net = gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64")
    start = net.flat_parameters.copy()
    history = net.fit(X[:12], Y[:12], loss="mse", optimizer=optimizer, batch_size=4, validation=(X, Y))
    assert (net.flat_parameters != start).all()
    assert history["val_loss"][-1] == pytest.approx(net.evaluate(X, Y)["loss"], rel=1e-12)


def test_an_average_around_it_counts_the_step_of_the_rest():
    """Without memory the average is the last parameters: those after the step for the batches left over."""
    alone, averaged = (
        fit(f"{optimizer}", batch_size=10, epochs=1)
        for optimizer in ("accumulate(sgd(lr=0.1), steps=2)", "ema(accumulate(sgd(lr=0.1), steps=2), decay=0)")
    )
    np.testing.assert_allclose(averaged.flat_parameters, alone.flat_parameters, rtol=1e-12)


def test_epochs_added_to_a_run_go_on_without_the_step_of_the_rest(tmp_path):
    """Six epochs of three batches are the same bytes in one run, or in two with the rest kept between them."""
    options = {"loss": "mse", "optimizer": "accumulate(adam(lr=0.1), steps=4)", "batch_size": 4, "seed": 2}
    nets = [gn.Network(["dense(1)"]).build((3,), seed=1, dtype="float64") for _ in range(2)]
    nets[0].fit(X[:12], Y[:12], epochs=6, **options)
    nets[1].fit(X[:12], Y[:12], epochs=3, folder=tmp_path / "run", **options)
    nets[1].fit(X[:12], Y[:12], epochs=6, resume_from=tmp_path / "run", **options)
    assert nets[0].flat_parameters.tobytes() == nets[1].flat_parameters.tobytes()


def test_names_of_nested_state_do_not_clash():
    optimizer = gn.create("optimizer", "accumulate(accumulate(ema(nadam)))")
    names = (*optimizer.slots, *optimizer.scalars)
    # Two sums; a sum and a count of steps; two means and a product.
    assert len(set(names)) == len(names) == 1 + 1 + 2 + 3
