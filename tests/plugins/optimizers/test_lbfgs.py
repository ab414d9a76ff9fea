"""L-BFGS: exact on a bowl, fast in a valley, and its line search holds what it promises."""

import itertools

import numpy as np
import pytest

import glassnet as gn


def minimised(function, gradient, start, optimizer, steps):
    """Return the points that an optimizer goes through."""
    p = np.array(start, dtype=np.float64)
    g = np.empty_like(p)
    state = {name: np.zeros_like(p) for name in optimizer.slots}
    state |= {name: np.zeros(1) for name in optimizer.scalars}

    def evaluate():
        g[:] = gradient(p)
        return function(p)

    points = [p.copy()]
    for t in range(steps):
        evaluate()
        optimizer.step(p, g, state, optimizer.lr, t + 1, evaluate)
        points.append(p.copy())
    return np.array(points)


def rosenbrock(p):
    return float(100 * (p[1] - p[0] ** 2) ** 2 + (1 - p[0]) ** 2)


def rosenbrock_gradient(p):
    return np.array([-400 * p[0] * (p[1] - p[0] ** 2) - 2 * (1 - p[0]), 200 * (p[1] - p[0] ** 2)])


def test_it_finds_the_bottom_of_rosenbrocks_valley():
    """Rosenbrock (1960): its minimum is at (1, 1). Gradient descent needs thousands of steps from (-1.2, 1)."""
    points = minimised(rosenbrock, rosenbrock_gradient, [-1.2, 1.0], gn.optimizers.lbfgs(), 60)
    np.testing.assert_allclose(points[-1], [1, 1], atol=1e-6)


def test_the_line_search_never_goes_up():
    points = minimised(rosenbrock, rosenbrock_gradient, [-1.2, 1.0], gn.optimizers.lbfgs(), 60)
    heights = [rosenbrock(p) for p in points]
    assert all(after <= before for before, after in itertools.pairwise(heights))


def test_a_bowl_is_left_in_about_as_many_steps_as_it_has_dimensions():
    curvature = np.array([1.0, 10.0, 100.0, 3.0])
    points = minimised(
        lambda p: float(0.5 * np.sum(curvature * p**2)),
        lambda p: curvature * p,
        [1.0, 1.0, 1.0, 1.0],
        gn.optimizers.lbfgs(),
        25,
    )
    assert np.abs(points[-1]).max() < 1e-6


def test_only_the_last_pairs_are_remembered():
    assert len(gn.optimizers.lbfgs(history_size=3).slots) == 2 + 2 * 3


def test_it_fits_a_network_on_the_whole_batch_to_high_accuracy():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:]
    net = gn.Network("dense(16) tanh dense(1)").build((3,), dtype="float64")
    history = net.fit(x, y, loss="mse", optimizer="lbfgs", epochs=300, batch_size=60)
    assert history["loss"][-1] < 1e-4


def test_layers_with_other_step_sizes_are_refused():
    net = gn.Network(["dense(3, lr_scale=0.5)", "dense(1)"])
    with pytest.raises(gn.OptionError, match=r"lbfgs steps with the whole network at once.*got 0\.5, 1\.0"):
        net.fit(np.zeros((2, 2)), np.zeros((2, 1)), loss="mse", optimizer="lbfgs")


def stepped(function, optimizer, start, steps):
    """Return an optimizer's points, its state, and the points at which it asked for the loss."""
    p = np.array(start, dtype=np.float64)
    g = np.empty_like(p)
    state = {name: np.zeros_like(p) for name in optimizer.slots}
    state |= {name: np.zeros(1) for name in optimizer.scalars}
    points, asked = [p.copy()], []

    def evaluate():
        asked.append(p.copy())
        loss, g[:] = function(p)
        return loss

    for t in range(steps):
        _, g[:] = function(p)
        optimizer.step(p, g, state, optimizer.lr, t + 1, evaluate)
        points.append(p.copy())
    return np.array(points), state, np.array(asked)


def inverse_hessian(pairs, size):
    """Return H by its definition, as a matrix. Nocedal and Wright, equations 7.16, 7.17 and 7.20."""
    s, y = pairs[-1]
    h = np.eye(size) * (s @ y) / (y @ y)
    for s, y in pairs:
        rho = 1 / (y @ s)
        v = np.eye(size) - rho * np.outer(y, s)
        h = v.T @ h @ v + rho * np.outer(s, s)
    return h


@pytest.mark.parametrize("memory", [1, 2, 10])
def test_twenty_directions_are_those_of_the_written_out_matrix(memory):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(5, 5))
    curvature = a @ a.T + np.eye(5)
    optimizer = gn.optimizers.lbfgs(lr=0.3, history_size=memory, line_search=False)
    points, _, _ = stepped(lambda p: (0.0, curvature @ p), optimizer, rng.normal(size=5), 20)
    slopes = points @ curvature
    first = slopes[0] * 0.3 * min(1.0, 1 / np.abs(slopes[0]).sum())
    np.testing.assert_allclose(points[1] - points[0], -first, rtol=1e-12)
    for t in range(1, 20):
        pairs = [(points[i + 1] - points[i], slopes[i + 1] - slopes[i]) for i in range(max(0, t - memory), t)]
        assert all(s @ y > 1e-10 for s, y in pairs)
        expected = points[t] - 0.3 * inverse_hessian(pairs, 5) @ slopes[t]
        # Differences of points that come close to each other: the pairs here have fewer digits than those inside.
        np.testing.assert_allclose(points[t + 1], expected, rtol=1e-7, atol=1e-10)


def test_a_step_is_halved_until_the_loss_falls_enough_and_no_further():
    """On p^4 from 1, whose gradient is 4: what has a loss of 1 or more is too long."""
    optimizer = gn.optimizers.lbfgs(lr=16.0)
    points, state, asked = stepped(lambda p: (float(p[0] ** 4), 4 * p**3), optimizer, [1.0], 1)
    # The first step is no longer than lr in the sum of magnitudes: 16, 8, 4, 2 and 1 against the gradient.
    np.testing.assert_allclose(asked.ravel(), [1, -15, -7, -3, -1, 0], atol=1e-12)
    np.testing.assert_allclose(points[1], [0.0], atol=1e-12)
    np.testing.assert_allclose(state["step"], [-1.0], rtol=1e-12)


def test_where_no_step_falls_it_stays_and_forgets_what_it_has_learnt():
    """A gradient that points the wrong way: nothing along it is lower."""
    honest = gn.optimizers.lbfgs(most_halvings=3)
    p, g = np.array([3.0, -2.0]), np.empty(2)
    state = {name: np.zeros(2) for name in honest.slots} | {name: np.zeros(1) for name in honest.scalars}
    sign = 1.0

    def evaluate():
        g[:] = sign * 2 * p * [1.0, 3.0]
        return float(p[0] ** 2 + 3 * p[1] ** 2)

    for t in (1, 2, 3):
        evaluate()
        honest.step(p, g, state, 1.0, t, evaluate)
    assert state["pairs"][0] > 0
    before, sign = p.copy(), -1.0
    evaluate()
    honest.step(p, g, state, 1.0, 4, evaluate)
    np.testing.assert_array_equal(p, before)
    np.testing.assert_array_equal(state["step"], 0)
    assert state["pairs"][0] == 0
    # Set right again, it goes on by gradient descent.
    sign = 1.0
    height = evaluate()
    honest.step(p, g, state, 0.1, 5, evaluate)
    assert evaluate() < height


def test_at_the_bottom_it_stays_without_asking_for_the_loss():
    optimizer = gn.optimizers.lbfgs()
    points, _, asked = stepped(lambda p: (0.0, 0 * p), optimizer, [1.0, 2.0], 3)
    np.testing.assert_array_equal(points, [[1.0, 2.0]] * 4)
    assert len(asked) == 0


def test_a_loss_that_is_no_number_is_no_fall():
    """p - log(p) is lowest at 1 and nothing below 0, where the first steps from 3 would end."""

    def function(p):
        with np.errstate(invalid="ignore"):
            return float(p[0] - np.log(p[0])), 1 - 1 / p

    points, _, asked = stepped(function, gn.optimizers.lbfgs(lr=8.0), [3.0], 12)
    assert np.any(asked < 0)
    assert np.all(points > 0)
    np.testing.assert_allclose(points[-1], [1.0], atol=1e-6)


def test_a_small_first_gradient_is_not_stretched():
    """The first step is no longer than lr in the sum of magnitudes, but it may be shorter."""
    optimizer = gn.optimizers.lbfgs(lr=0.5, line_search=False)
    points, _, _ = stepped(lambda p: (0.0, p), optimizer, [0.1, -0.2], 1)
    np.testing.assert_allclose(points[1], [0.05, -0.1], rtol=1e-12)
