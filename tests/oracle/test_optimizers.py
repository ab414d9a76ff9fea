"""Each optimizer over 50 steps against the way of PyTorch's; the values are made by make_values/optimizers.py."""

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn

VALUES = dict(np.load(Path(__file__).parent / "values" / "optimizers.npz"))
AFTER = VALUES.pop("after").tolist()


def passed(spec, dtype):
    """Return where an optimizer is after some of its steps on the problem that make_values/optimizers.py describes."""
    rng = np.random.default_rng(0)
    start, curvature, noise = rng.normal(size=12), np.linspace(0.5, 2.0, 12), rng.normal(size=(AFTER[-1], 12)) * 0.3
    optimizer = gn.create("optimizer", spec)
    noise *= optimizer.granularity != "model"
    shape = (3, 4) if optimizer.granularity == "parameter" else (12,)
    p, curvature = start.astype(dtype).reshape(shape), curvature.astype(dtype).reshape(shape)
    state = {name: np.zeros(shape, dtype) for name in optimizer.slots}
    state |= {name: np.zeros(1) for name in optimizer.scalars}
    points = []
    for t, disturbed in enumerate(noise.astype(dtype)):
        optimizer.step(p, curvature * p + disturbed.reshape(shape), state, optimizer.lr, t + 1, lambda: 0.0)
        points.append(p.ravel().copy())
    assert p.dtype == dtype
    return np.array([points[step - 1] for step in AFTER])


@pytest.mark.parametrize("spec", VALUES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
def test_it_goes_where_pytorchs_goes(spec, dtype, tolerance):
    expected = VALUES[spec]
    errors = np.abs(passed(spec, dtype) - expected).max(axis=1)
    assert errors.max() <= tolerance * np.abs(expected).max()
