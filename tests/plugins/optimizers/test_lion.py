"""Lion against Algorithm 2 of Chen et al. (2023), written out. PyTorch has none to compare with."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn


def algorithm_2(theta, gradients, eta, beta1, beta2, decay):
    """Return theta after all steps, in the names of the paper."""
    m = np.zeros_like(theta)
    for g in gradients:
        c = beta1 * m + (1 - beta1) * g
        theta = theta - eta * (np.sign(c) + decay * theta)
        m = beta2 * m + (1 - beta2) * g
    return theta


@given(
    eta=st.floats(1e-5, 0.1),
    beta1=st.floats(0, 0.99),
    beta2=st.floats(0, 0.999),
    decay=st.one_of(st.just(0.0), st.floats(0.001, 5.0)),
    seed=st.integers(0, 1000),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_fifty_steps_follow_the_paper(eta, beta1, beta2, decay, seed):
    rng = np.random.default_rng(seed)
    start, gradients = rng.normal(size=6), rng.normal(size=(50, 6)) * [1e-3, 1e-2, 0.1, 1, 10, 100]
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-5)):
        p, given_gradients = start.astype(dtype), gradients.astype(dtype)
        expected = algorithm_2(p.astype(np.float64), given_gradients.astype(np.float64), eta, beta1, beta2, decay)
        state = {"m": np.zeros(6, dtype)}
        optimizer = gn.optimizers.lion(beta1=beta1, beta2=beta2, weight_decay=decay)
        for t, g in enumerate(given_gradients):
            optimizer.update(p, g.copy(), state, eta, t + 1)
        assert p.dtype == dtype
        np.testing.assert_allclose(p, expected, rtol=tolerance, atol=tolerance)


def test_the_first_steps_by_hand():
    """With beta1 = beta2 = 0.5: m = 2, and 0.5 * 2 outweighs 0.5 * -1; then m = 0.5, and the sign follows -3."""
    p, state = np.zeros(1), {"m": np.zeros(1)}
    path = []
    for t, g in enumerate([4.0, -1.0, -3.0], start=1):
        gn.optimizers.lion(beta1=0.5, beta2=0.5).update(p, np.array([g]), state, 0.1, t)
        path.append(p[0])
    assert path == pytest.approx([-0.1, -0.2, -0.1], rel=1e-12)


def test_gradients_of_zero_move_nothing():
    p, state = np.array([1.5, -2.0]), {"m": np.zeros(2)}
    for t in range(1, 4):
        gn.optimizers.lion().update(p, np.zeros(2), state, 0.1, t)
    assert p.tolist() == [1.5, -2.0]
