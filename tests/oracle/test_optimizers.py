"""Each optimizer over 50 steps against where PyTorch's arrives; the values are made by make_values/optimizers.py."""

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn

VALUES = dict(np.load(Path(__file__).parent / "values" / "optimizers.npz"))
STEPS = 50


def arrived(spec, dtype):
    """Return where an optimizer arrives on the problem that make_values/optimizers.py describes."""
    rng = np.random.default_rng(0)
    start, curvature, noise = rng.normal(size=12), np.linspace(0.1, 2.0, 12), rng.normal(size=(STEPS, 12)) * 0.3
    p, curvature, noise = start.astype(dtype), curvature.astype(dtype), noise.astype(dtype)
    optimizer = gn.create("optimizer", spec)
    state = {name: np.zeros(12, dtype) for name in optimizer.slots}
    state |= {name: np.zeros(1) for name in optimizer.scalars}
    for t in range(STEPS):
        g = curvature * p + noise[t]
        optimizer.step(p, g, state, optimizer.lr, t + 1, lambda: 0.0)
    assert p.dtype == dtype
    return p


@pytest.mark.parametrize("spec", VALUES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
def test_after_50_steps_it_is_where_pytorchs_is(spec, dtype, tolerance):
    if spec.startswith("lbfgs") and dtype == np.float32:
        tolerance = 1e-3  # differences of gradients, which cancel: six digits minus those that agree
    expected = VALUES[spec]
    error = np.abs(arrived(spec, dtype) - expected).max() / np.abs(expected).max()
    assert error <= tolerance
