"""RMSprop against its formula, written out for one number at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def lecture(p: float, gradients: list[float], rates: list[float], decay: float, epsilon: float) -> list[float]:
    """Return p after each step, by the formula of Tieleman and Hinton's lecture with epsilon outside the root."""
    mean_square, path = 0.0, []
    for g, lr in zip(gradients, rates, strict=True):
        mean_square = decay * mean_square + (1 - decay) * g**2
        p = p - lr * g / (math.sqrt(mean_square) + epsilon)
        path.append(p)
    return path


# An epsilon of the size of the gradients tells where it is added.
@pytest.mark.parametrize("epsilon", [1e-8, 1e-3, 0.5])
@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9, 0.99])
def test_thirty_steps_follow_the_formula(decay: float, epsilon: float) -> None:
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=5), rng.normal(size=(30, 5)) * [1e-4, 1e-2, 1, 10, 1e3]
    rates = [0.1 / (1 + step) for step in range(30)]
    paths = [lecture(p, gradients[:, i].tolist(), rates, decay, epsilon) for i, p in enumerate(start.tolist())]

    optimizer = gn.optimizers.rmsprop(decay=decay, epsilon=epsilon)
    p, state = start.copy(), {"v": np.zeros(5)}
    for step in range(30):
        optimizer.update(p, gradients[step].copy(), state, rates[step], step + 1)
        np.testing.assert_allclose(p, [path[step] for path in paths], rtol=1e-12)


def test_the_first_step_is_lr_over_the_root_of_one_minus_decay() -> None:
    p = np.zeros(3)
    gn.optimizers.rmsprop(decay=0.75).update(p, np.array([4.0, -0.01, 300.0]), {"v": np.zeros(3)}, 0.5, 1)
    # sqrt(1 - 0.75) = 1/2; epsilon is felt in the seventh digit of a gradient of 0.01.
    np.testing.assert_allclose(p, [-1.0, 1.0, -1.0], rtol=1e-5)


def test_gradients_of_zero_move_nothing() -> None:
    p, state = np.array([1.5, -2.0]), {"v": np.zeros(2)}
    for t in range(1, 4):
        gn.optimizers.rmsprop().update(p, np.zeros(2), state, 0.1, t)
    assert p.tolist() == [1.5, -2.0]


def test_float32_stays_within_its_rounding_of_the_exact_path() -> None:
    gradients = np.random.default_rng(3).normal(size=25).astype(np.float32)
    exact = lecture(1.0, gradients.tolist(), [0.001] * 25, 0.9, 1e-8)
    p, state = np.ones(1, np.float32), {"v": np.zeros(1, np.float32)}
    for step in range(25):
        gn.optimizers.rmsprop().update(p, gradients[step : step + 1].copy(), state, 0.001, step + 1)
    np.testing.assert_allclose(p[0], exact[-1], rtol=25 * 2**-23)


def test_defaults() -> None:
    optimizer = gn.optimizers.rmsprop()
    assert (optimizer.lr, optimizer.decay, optimizer.epsilon) == (0.001, 0.9, 1e-8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": 0.0}, "lr must be > 0"),
        ({"decay": 1.0}, "decay must be >= 0 and < 1"),
        ({"decay": -0.5}, "decay must be >= 0 and < 1"),
        ({"epsilon": 0.0}, "epsilon must be > 0"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(gn.OptionError, match=message):
        gn.optimizers.rmsprop(**options)
