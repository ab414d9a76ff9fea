"""Muon: the singular values of its steps, its momentum, and what it leaves to another optimizer."""

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4), (3, 3, 2, 8)])
def test_a_step_has_the_gradients_directions_and_values_near_1(shape, rng):
    g = rng.normal(size=shape)
    p = np.zeros(shape)
    gn.optimizers.muon(nesterov=False).update(p, g.copy(), {"momentum": np.zeros(shape)}, 1.0, 1)
    u, _, vt = np.linalg.svd(g.reshape(-1, shape[-1]), full_matrices=False)
    scale = np.sqrt(max(1.0, shape[-1] / np.prod(shape[:-1])))
    # In the gradient's own singular directions the step is diagonal; the iteration ends within about 0.7 to 1.2.
    diagonal = u.T @ (-p.reshape(-1, shape[-1]) / scale) @ vt.T
    values = np.diag(diagonal)
    assert np.all((values > 0.65) & (values < 1.25))
    np.testing.assert_allclose(diagonal - np.diag(values), 0, atol=1e-10)


def test_twenty_steps_follow_the_published_algorithm(rng):
    """Momentum, Nesterov's look ahead, five iterations, decay: written out, on a wide matrix."""
    gradients = rng.normal(size=(20, 3, 5))
    p = rng.normal(size=(3, 5))
    expected, momentum = p.copy(), np.zeros((3, 5))
    state = {"momentum": np.zeros((3, 5))}
    optimizer = gn.optimizers.muon(lr=0.02, momentum=0.9, weight_decay=0.1)
    for t, g in enumerate(gradients):
        optimizer.update(p, g.copy(), state, 0.02, t + 1)
        momentum = 0.9 * momentum + 0.1 * g
        x = 0.1 * g + 0.9 * momentum
        x = x / np.sqrt((x**2).sum())
        for _ in range(5):
            a = x @ x.T
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        expected = expected * (1 - 0.02 * 0.1) - 0.02 * np.sqrt(5 / 3) * x
    np.testing.assert_allclose(p, expected, rtol=1e-12)


def test_the_other_optimizer_has_its_own_step_size():
    g = np.array([1.0, -2.0])
    p = np.zeros(2)
    optimizer = gn.optimizers.muon(lr=0.02, others="sgd(lr=0.1)")
    # A schedule has halved the step size of both.
    optimizer.step(p, g.copy(), {"momentum": np.zeros(2)}, 0.01, 1, lambda: 0.0)
    np.testing.assert_allclose(p, [-0.05, 0.1], rtol=1e-12)


def test_the_other_optimizer_may_hold_one_too_and_its_average_is_used():
    """One gradient step of size 0.1, then the average of what the biases went through; matrices have none."""
    optimizer = gn.create("optimizer", "muon(others=ema(sgd(lr=0.1), decay=0.5))")
    state = {name: np.zeros(2) for name in optimizer.slots} | {name: np.zeros(1) for name in optimizer.scalars}
    p = np.zeros(2)
    for t in range(2):
        optimizer.step(p, np.array([1.0, -2.0]), state, 0.02, t + 1, lambda: 0.0)
    np.testing.assert_allclose(p, [-0.2, 0.4], rtol=1e-12)
    # Weights 1/3 for (-0.1, 0.2) and 2/3 for (-0.2, 0.4).
    np.testing.assert_allclose(optimizer.averaged_parameters(p, state), [-1 / 6, 1 / 3], rtol=1e-12)
    assert optimizer.averaged_parameters(np.zeros((2, 2)), state) is None


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (2, 2, 3, 4)])
def test_matched_to_adamw_a_step_is_about_a_fifth_of_lr(shape, rng):
    """Liu et al. (2025), section 2.2: Adam's have 0.2 to 0.4. Singular values of 0.7 to 1.2 leave 0.14 to 0.24."""
    p = np.zeros(shape)
    gn.optimizers.muon(scale="match_rms_adamw").update(p, rng.normal(size=shape), {"momentum": np.zeros(shape)}, 1.0, 1)
    assert 0.13 < np.sqrt(np.mean(p**2)) < 0.25


def test_it_trains_a_network_with_matrices_and_biases():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 4)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    net = gn.Network("dense(16) tanh dense(2) softmax")
    options = {"optimizer": "muon(lr=0.05, others=adam(lr=0.02))", "schedule": "cosine", "metrics": ["accuracy"]}
    history = net.fit(x, y, loss="cce", epochs=40, batch_size=32, **options)
    assert net.flat_parameters.dtype == np.float32
    assert history["accuracy"][-1] > 0.95
