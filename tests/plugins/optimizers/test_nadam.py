"""NAdam against Dozat's algorithm, written out for one number at a time."""

import math

import numpy as np
import pytest

import glassnet as gn


def dozat(theta, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-8, warming=0.004):
    """Return theta after each step, in the names of the paper: mu_t is the momentum, nu the other decay."""

    def mu(t):
        return beta1 * (1 - 0.5 * 0.96 ** (warming * t))

    m = n = 0.0
    path = []
    for t, g in enumerate(gradients, start=1):
        product = math.prod(mu(i) for i in range(1, t + 1))
        m = beta1 * m + (1 - beta1) * g
        n = beta2 * n + (1 - beta2) * g**2
        g_hat = g / (1 - product)
        m_hat = m / (1 - product * mu(t + 1))
        n_hat = n / (1 - beta2**t)
        m_bar = (1 - mu(t)) * g_hat + mu(t + 1) * m_hat
        theta = theta - lr * m_bar / (math.sqrt(n_hat) + epsilon)
        path.append(theta)
    return path


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"beta1": 0.0},
        {"beta2": 0.0},
        {"beta1": 0.5, "beta2": 0.9, "epsilon": 0.5},
        {"warming": 0.0},
        {"beta1": 0.99, "warming": 0.5},
    ],
)
def test_thirty_steps_follow_the_paper(options):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=5), rng.normal(size=(30, 5)) * [1e-4, 1e-2, 1, 10, 1e3]
    paths = [dozat(theta, gradients[:, i].tolist(), 0.01, **options) for i, theta in enumerate(start.tolist())]
    p, state = start.copy(), {"m": np.zeros(5), "v": np.zeros(5), "product": np.zeros(1)}
    for step in range(30):
        gn.optimizers.nadam(**options).update(p, gradients[step].copy(), state, 0.01, step + 1)
        np.testing.assert_allclose(p, [path[step] for path in paths], rtol=1e-10)


def test_float32_stays_within_its_rounding():
    gradients = np.random.default_rng(3).normal(size=25).astype(np.float32)
    exact = dozat(1.0, gradients.tolist(), 0.001)
    p = np.ones(1, np.float32)
    state = {"m": np.zeros(1, np.float32), "v": np.zeros(1, np.float32), "product": np.zeros(1)}
    for step in range(25):
        gn.optimizers.nadam().update(p, gradients[step : step + 1].copy(), state, 0.001, step + 1)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p[0], exact[-1], rtol=25 * 2**-23)


def test_gradients_of_zero_move_nothing():
    p, state = np.array([1.5, -2.0]), {"m": np.zeros(2), "v": np.zeros(2), "product": np.zeros(1)}
    for t in range(1, 4):
        gn.optimizers.nadam().update(p, np.zeros(2), state, 0.1, t)
    assert p.tolist() == [1.5, -2.0]
