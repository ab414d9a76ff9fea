"""Adam against Algorithm 1 of Kingma and Ba, written out for one number at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.training.optimizer_step import CHUNK


def algorithm_1(
    theta: float, gradients: list[float], alpha: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
) -> list[float]:
    """Return theta after each step, in the names and the order of the paper."""
    m = v = 0.0
    path = []
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (math.sqrt(v_hat) + epsilon)
        path.append(theta)
    return path


def fresh_state(size: int, dtype: Any = np.float64) -> dict[str, gn.Array]:
    return {"m": np.zeros(size, dtype), "v": np.zeros(size, dtype)}


# An epsilon of the size of the gradients tells Algorithm 1 from the variant with "epsilon hat".
@pytest.mark.parametrize("epsilon", [1e-8, 1e-3, 0.5])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.0, 0.9), (0.9, 0.0), (0.5, 0.5), (0.99, 0.9999)])
@pytest.mark.parametrize("lr", [0.001, 0.3])
def test_thirty_steps_follow_algorithm_1(lr: float, beta1: float, beta2: float, epsilon: float) -> None:
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=5), rng.normal(size=(30, 5)) * [1e-4, 1e-2, 1, 10, 1e3]
    paths = [
        algorithm_1(theta, gradients[:, i].tolist(), lr, beta1, beta2, epsilon)
        for i, theta in enumerate(start.tolist())
    ]

    optimizer = gn.optimizers.adam(beta1=beta1, beta2=beta2, epsilon=epsilon)
    p, state = start.copy(), fresh_state(5)
    for step in range(30):
        optimizer.update(p, gradients[step].copy(), state, lr, step + 1)
        # 1 - beta^t loses up to four of sixteen digits for a beta of 0.9999, in the code and in the formula above.
        np.testing.assert_allclose(p, [path[step] for path in paths], rtol=1e-10)


def test_a_step_size_that_changes_applies_to_its_own_step_alone() -> None:
    p, state = np.zeros(1), fresh_state(1)
    moved = []
    for t, lr in enumerate([0.1, 0.1, 0.001], start=1):
        before = p.copy()
        gn.optimizers.adam().update(p, np.array([2.0]), state, lr, t)
        moved.append((before - p)[0])
    # Equal gradients: both corrected means stay at the gradient, so each step is lr.
    np.testing.assert_allclose(moved, [0.1, 0.1, 0.001], rtol=1e-7)


def test_the_first_step_is_lr_against_the_sign_of_the_gradient() -> None:
    p = np.zeros(4)
    gn.optimizers.adam().update(p, np.array([5.0, -0.003, 1e6, 0.0]), fresh_state(4), 0.01, 1)
    np.testing.assert_allclose(p, [-0.01, 0.01, -0.01, 0.0], rtol=1e-5)


def test_gradients_of_zero_move_nothing() -> None:
    p, state = np.array([1.5, -2.0]), fresh_state(2)
    for t in range(1, 4):
        gn.optimizers.adam().update(p, np.zeros(2), state, 0.1, t)
    assert p.tolist() == [1.5, -2.0]


def test_float32_stays_within_its_rounding_of_the_exact_path() -> None:
    gradients = np.random.default_rng(3).normal(size=25).astype(np.float32)
    exact = algorithm_1(1.0, gradients.tolist(), 0.001)
    p, state = np.ones(1, np.float32), fresh_state(1, np.float32)
    for step in range(25):
        gn.optimizers.adam().update(p, gradients[step : step + 1].copy(), state, 0.001, step + 1)
    np.testing.assert_allclose(p[0], exact[-1], rtol=25 * 2**-23)


def test_after_ten_thousand_steps_float32_state_still_follows_algorithm_1() -> None:
    gradients = np.random.default_rng(4).normal(1.0, 2.0, size=10_000).astype(np.float32)
    exact = algorithm_1(0.0, gradients.tolist(), 0.001)
    p, state = np.zeros(1, np.float32), fresh_state(1, np.float32)
    for step in range(10_000):
        gn.optimizers.adam().update(p, gradients[step : step + 1].copy(), state, 0.001, step + 1)
    # The parameter has gone a way of about 4.5 in steps of up to 0.001, each rounded at 2^-23 of its place.
    np.testing.assert_allclose(p[0], exact[-1], rtol=1e-4)


def recorded_fit(net: gn.Network, epochs: int) -> tuple[gn.Array, gn.Array]:
    """Train with Adam on ten samples in batches of 4, 4 and 2; return each step's gradients and its outcome."""
    gradients: list[gn.Array] = []
    vectors: list[gn.Array] = []

    class Record(gn.Callback):
        def on_after_backward(self, run: gn.Run) -> None:
            gradients.append(run.network.gradients.copy())

        def on_batch_end(self, run: gn.Run) -> None:
            vectors.append(run.network.flat_parameters.copy())

    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(10, *net.input_shape)), rng.normal(size=(10, 1))
    net.fit(
        x,
        y,
        loss="mse",
        optimizer="adam(lr=0.02)",
        epochs=epochs,
        batch_size=4,
        callbacks=[Record()],
        progress=False,
    )
    assert len(vectors) == 3 * epochs
    return np.array(gradients), np.array(vectors)


def test_t_counts_steps_however_many_layers_a_network_has() -> None:
    net = gn.Network(["dense(4)", "tanh", "dense(3)", "tanh", "dense(1)"]).build((2,), seed=3, dtype="float64")
    start = net.flat_parameters.tolist()
    gradients, vectors = recorded_fit(net, epochs=8)
    for i, theta in enumerate(start):
        np.testing.assert_allclose(vectors[:, i], algorithm_1(theta, gradients[:, i].tolist(), 0.02), rtol=1e-10)


def test_t_counts_steps_however_many_chunks_a_network_has() -> None:
    net = gn.Network(["dense(320)", "tanh", "dense(220)", "tanh", "dense(1)"]).build((3,), dtype="float64")
    assert net.flat_parameters.size > CHUNK, "the network must be longer than one chunk"
    watched = [0, 150, CHUNK - 1, CHUNK, CHUNK + 1, net.flat_parameters.size - 1]
    start = net.flat_parameters[watched].tolist()
    gradients, vectors = recorded_fit(net, epochs=7)
    for i, theta in zip(watched, start, strict=True):
        np.testing.assert_allclose(vectors[:, i], algorithm_1(theta, gradients[:, i].tolist(), 0.02), rtol=1e-10)


def test_defaults_are_the_papers() -> None:
    optimizer = gn.optimizers.adam()
    assert (optimizer.lr, optimizer.beta1, optimizer.beta2, optimizer.epsilon) == (0.001, 0.9, 0.999, 1e-8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": 0.0}, "lr must be > 0"),
        ({"beta1": 1.0}, "beta1 must be >= 0 and < 1"),
        ({"beta1": -0.1}, "beta1 must be >= 0 and < 1"),
        ({"beta2": 1.0}, "beta2 must be >= 0 and < 1"),
        ({"epsilon": 0.0}, "epsilon must be > 0"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(gn.OptionError, match=message):
        gn.optimizers.adam(**options)
