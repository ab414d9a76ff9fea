"""RAdam against Algorithm 2 of Liu et al., written out for one number at a time, with PyTorch's two conventions."""

import math

import numpy as np
import pytest

import glassnet as gn


def algorithm_2(theta, gradients, alpha, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Return theta after each step, in the names of the paper; epsilon stands where PyTorch has it."""
    m = v = 0.0
    rho_inf = 2 / (1 - beta2) - 1
    path = []
    for t, g in enumerate(gradients, start=1):
        v = beta2 * v + (1 - beta2) * g**2
        m = beta1 * m + (1 - beta1) * g
        m_hat = m / (1 - beta1**t)
        rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 5:
            adaptive = math.sqrt(1 - beta2**t) / (math.sqrt(v) + epsilon)
            r = math.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            theta = theta - alpha * m_hat * r * adaptive
        else:
            theta = theta - alpha * m_hat
        path.append(theta)
    return path


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"beta1": 0.0},
        {"beta2": 0.0},
        {"beta2": 0.6},
        {"beta1": 0.5, "beta2": 0.9, "epsilon": 0.5},
        {"beta1": 0.99, "beta2": 0.9999},
    ],
)
def test_thirty_steps_follow_algorithm_2(options):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=5), rng.normal(size=(30, 5)) * [1e-4, 1e-2, 1, 10, 1e3]
    paths = [algorithm_2(theta, gradients[:, i].tolist(), 0.01, **options) for i, theta in enumerate(start.tolist())]
    p, state = start.copy(), {"m": np.zeros(5), "v": np.zeros(5)}
    for step in range(30):
        gn.optimizers.radam(**options).update(p, gradients[step].copy(), state, 0.01, step + 1)
        np.testing.assert_allclose(p, [path[step] for path in paths], rtol=1e-10)


def test_at_first_it_is_gradient_descent_along_the_mean_and_then_it_adapts():
    """With the defaults rho_t is a little below t: the first steps, of one gradient g, are lr g each."""
    p, state = np.zeros(2), {"m": np.zeros(2), "v": np.zeros(2)}
    moved = []
    for t in range(1, 8):
        before = p.copy()
        gn.optimizers.radam().update(p, np.array([1000.0, 0.001]), state, 0.01, t)
        moved.append(before - p)
    np.testing.assert_allclose(moved[:5], [[10.0, 1e-5]] * 5, rtol=1e-12)
    # From the sixth on the two, of gradients a million times apart, take steps of one length.
    np.testing.assert_allclose([a for a, _ in moved[5:]], [b for _, b in moved[5:]], rtol=1e-3)


def test_float32_stays_within_its_rounding():
    gradients = np.random.default_rng(3).normal(size=25).astype(np.float32)
    exact = algorithm_2(1.0, gradients.tolist(), 0.001)
    p, state = np.ones(1, np.float32), {"m": np.zeros(1, np.float32), "v": np.zeros(1, np.float32)}
    for step in range(25):
        gn.optimizers.radam().update(p, gradients[step : step + 1].copy(), state, 0.001, step + 1)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p[0], exact[-1], rtol=25 * 2**-23)
