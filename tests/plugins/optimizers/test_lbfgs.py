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
    assert len(gn.optimizers.lbfgs(memory=3).slots) == 2 + 2 * 3


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
