"""Momentum against its formula, written out for one number at a time."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


def heavy_ball(p: float, gradients: list[float], rates: list[float], momentum: float, nesterov: bool) -> list[float]:
    """Return p after each step: v = momentum v + g; p -= lr v, or with Nesterov p -= lr (g + momentum v)."""
    v, path = 0.0, []
    for g, lr in zip(gradients, rates, strict=True):
        v = momentum * v + g
        p = p - lr * (g + momentum * v) if nesterov else p - lr * v
        path.append(p)
    return path


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("falling", [False, True], ids=["constant_lr", "falling_lr"])
def test_thirty_steps_follow_the_formula(momentum: float, nesterov: bool, falling: bool) -> None:
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=5), rng.normal(size=(30, 5))
    # A step size that changes tells this convention from the one that keeps lr inside the velocity.
    rates = [0.1 * 0.8**step if falling else 0.1 for step in range(30)]
    paths = [heavy_ball(p, gradients[:, i].tolist(), rates, momentum, nesterov) for i, p in enumerate(start.tolist())]

    optimizer = gn.optimizers.momentum(momentum=momentum, nesterov=nesterov)
    p, state = start.copy(), {"v": np.zeros(5)}
    for step in range(30):
        optimizer.update(p, gradients[step].copy(), state, rates[step], step + 1)
        np.testing.assert_allclose(p, [path[step] for path in paths], rtol=1e-12)


def test_two_steps_by_hand() -> None:
    optimizer = gn.optimizers.momentum(momentum=0.5)
    p, state = np.array([10.0]), {"v": np.zeros(1)}
    optimizer.update(p, np.array([2.0]), state, 1.0, 1)  # v = 2
    assert p.tolist() == [8.0]
    optimizer.update(p, np.array([1.0]), state, 1.0, 2)  # v = 0.5 * 2 + 1 = 2
    assert p.tolist() == [6.0]


def test_two_steps_of_nesterov_by_hand() -> None:
    optimizer = gn.optimizers.momentum(momentum=0.5, nesterov=True)
    p, state = np.array([10.0]), {"v": np.zeros(1)}
    optimizer.update(p, np.array([2.0]), state, 1.0, 1)  # v = 2, step 2 + 0.5 * 2 = 3
    assert p.tolist() == [7.0]
    optimizer.update(p, np.array([1.0]), state, 1.0, 2)  # v = 2, step 1 + 0.5 * 2 = 2
    assert p.tolist() == [5.0]


def test_sutskevers_convention_is_the_same_at_constant_lr() -> None:
    rng = np.random.default_rng(2)
    lr, momentum = 0.05, 0.9
    p, state = np.zeros(4), {"v": np.zeros(4)}
    other, velocity = np.zeros(4), np.zeros(4)
    optimizer = gn.optimizers.momentum(momentum=momentum)
    for t in range(1, 26):
        g = rng.normal(size=4)
        velocity = momentum * velocity - lr * g
        other = other + velocity
        optimizer.update(p, g, state, lr, t)
        np.testing.assert_allclose(p, other, rtol=1e-11)


@pytest.mark.parametrize("nesterov", [False, True])
def test_float32_stays_within_its_rounding_of_the_exact_path(nesterov: bool) -> None:
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=25).astype(np.float32)
    exact = heavy_ball(1.0, gradients.tolist(), [0.01] * 25, 0.9, nesterov)
    p, state = np.ones(1, np.float32), {"v": np.zeros(1, np.float32)}
    for step in range(25):
        gn.optimizers.momentum(nesterov=nesterov).update(p, gradients[step : step + 1].copy(), state, 0.01, step + 1)
    # 25 steps, each rounded to 24 bits a few times.
    np.testing.assert_allclose(p[0], exact[-1], rtol=25 * 2**-23)


def test_defaults() -> None:
    optimizer = gn.optimizers.momentum()
    assert (optimizer.lr, optimizer.momentum, optimizer.nesterov) == (0.01, 0.9, False)


@pytest.mark.parametrize("momentum", [-0.1, 1.0, 1.5])
def test_momentum_out_of_range_is_refused(momentum: float) -> None:
    with pytest.raises(gn.OptionError, match="momentum must be >= 0 and < 1"):
        gn.optimizers.momentum(momentum=momentum)
