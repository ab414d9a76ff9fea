"""Lion against Algorithm 2 of Chen et al. (2023), written out."""

import numpy as np
import pytest

import glassnet as gn


@pytest.mark.parametrize("options", [{}, {"beta1": 0.5, "beta2": 0.8, "decay": 0.3}])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_thirty_steps_follow_the_paper(options, dtype):
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(30, 6)).astype(dtype)
    start = rng.normal(size=6).astype(dtype)
    p, state = start.copy(), {"m": np.zeros(6, dtype)}
    optimizer = gn.optimizers.lion(lr=0.01, **options)
    beta1, beta2, decay = options.get("beta1", 0.9), options.get("beta2", 0.99), options.get("decay", 0.0)
    expected, m = start.astype(np.float64), np.zeros(6)
    for t, g in enumerate(gradients):
        optimizer.update(p, g.copy(), state, 0.01, t + 1)
        update = np.sign(beta1 * m + (1 - beta1) * g.astype(np.float64))
        expected = expected - 0.01 * (update + decay * expected)
        m = beta2 * m + (1 - beta2) * g
    assert p.dtype == dtype
    np.testing.assert_allclose(p, expected, rtol=1e-12 if dtype == np.float64 else 1e-5, atol=1e-6)
