"""AdamW against Algorithm 2 of Loshchilov and Hutter, with PyTorch's step size in front of the decay."""

import math

import numpy as np
import pytest

import glassnet as gn


def algorithm_2(theta, gradients, lrs, decay, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Return theta after each step, in the names of the paper."""
    m = v = 0.0
    path = []
    for t, (g, lr) in enumerate(zip(gradients, lrs, strict=True), start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - lr * (m_hat / (math.sqrt(v_hat) + epsilon) + decay * theta)
        path.append(theta)
    return path


@pytest.mark.parametrize("decay", [0.0, 0.01, 0.5])
def test_thirty_steps_follow_algorithm_2_also_when_the_step_size_changes(decay):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=4), rng.normal(size=(30, 4)) * [1e-2, 1, 10, 1e3]
    lrs = rng.uniform(0.001, 0.3, size=30).tolist()
    paths = [algorithm_2(theta, gradients[:, i].tolist(), lrs, decay) for i, theta in enumerate(start.tolist())]
    p, state = start.copy(), {"m": np.zeros(4), "v": np.zeros(4)}
    for step in range(30):
        gn.optimizers.adamw(weight_decay=decay).update(p, gradients[step].copy(), state, lrs[step], step + 1)
        np.testing.assert_allclose(p, [path[step] for path in paths], rtol=1e-10)


def test_without_a_gradient_parameters_shrink_by_the_same_factor_each_step():
    p, state = np.array([2.0, -3.0]), {"m": np.zeros(2), "v": np.zeros(2)}
    for t in range(1, 21):
        gn.optimizers.adamw(weight_decay=0.5).update(p, np.zeros(2), state, 0.1, t)
    np.testing.assert_allclose(p, np.array([2.0, -3.0]) * 0.95**20, rtol=1e-13)


@pytest.mark.parametrize("name", ["adamw", "lion"])
def test_only_with_a_decay_does_a_parameter_move_without_a_gradient(name):
    assert gn.create("optimizer", f"{name}(weight_decay=0.1)").updates_at_zero_gradient
    assert not gn.create("optimizer", f"{name}(weight_decay=0.0)").updates_at_zero_gradient


def test_biases_decay_too():
    """As in PyTorch: its optimizers know of no biases."""
    net = gn.Network(["dense(1, weight_init=zeros)"]).build((1,), dtype="float64")
    net.parameters["0.bias"][:] = 4.0
    # The targets are what the network says, so no gradient is in the way.
    net.fit([[1.0]], [[4.0]], loss="mse", optimizer="adamw(lr=0.1, weight_decay=0.5)", batch_size=1)
    np.testing.assert_allclose(net.parameters["0.bias"], 4.0 * 0.95, rtol=1e-12)
