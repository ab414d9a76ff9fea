"""AdaGrad against equation 1 of Duchi, Hazan and Singer, written out for one number at a time."""

import math

import numpy as np
import pytest

import glassnet as gn


def equation_1(p, gradients, lr, epsilon):
    """Return p after each step."""
    squares, path = 0.0, []
    for g in gradients:
        squares += g * g
        p -= lr * g / (math.sqrt(squares) + epsilon)
        path.append(p)
    return path


@pytest.mark.parametrize("epsilon", [1e-10, 0.5])
def test_thirty_steps_follow_equation_1(epsilon):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=5), rng.normal(size=(30, 5)) * [1e-4, 1e-2, 1, 10, 1e3]
    paths = [equation_1(p, gradients[:, i].tolist(), 0.1, epsilon) for i, p in enumerate(start.tolist())]
    p, state = start.copy(), {"v": np.zeros(5)}
    for step in range(30):
        gn.optimizers.adagrad(epsilon=epsilon).update(p, gradients[step].copy(), state, 0.1, step + 1)
        np.testing.assert_allclose(p, [path[step] for path in paths], rtol=1e-12)


def test_two_steps_by_hand():
    p, state = np.zeros(2), {"v": np.zeros(2)}
    optimizer = gn.optimizers.adagrad()
    # The squares sum to 9, then to 9 + 16 = 25: steps of 3/3 and 4/5. A gradient of zero moves nothing.
    optimizer.update(p, np.array([3.0, 0.0]), state, 1.0, 1)
    np.testing.assert_allclose(p, [-1.0, 0.0], rtol=1e-9)
    optimizer.update(p, np.array([-4.0, 0.0]), state, 1.0, 2)
    np.testing.assert_allclose(p, [-0.2, 0.0], rtol=1e-9)


def test_float32_stays_within_its_rounding():
    gradients = np.random.default_rng(3).normal(size=25).astype(np.float32)
    exact = equation_1(1.0, gradients.tolist(), 0.01, 1e-10)
    p, state = np.ones(1, np.float32), {"v": np.zeros(1, np.float32)}
    for step in range(25):
        gn.optimizers.adagrad().update(p, gradients[step : step + 1].copy(), state, 0.01, step + 1)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p[0], exact[-1], rtol=25 * 2**-23)
