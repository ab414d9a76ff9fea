"""Activations beside values that PyTorch gave; see make_values/activations.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn

with np.load(Path(__file__).parent / "values" / "activations.npz") as _file:
    VALUES = {name: _file[name] for name in _file.files}
SPECS = VALUES["specs"].tolist()
TOLERANCE = {"float64": 1e-10, "float32": 1e-5}
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def compare(ours: gn.Array, theirs: gn.Array, dtype: str, terms: float = 0.0) -> None:
    """Compare three rows at a time, which are of one size, and allow for the rounding of `terms` that may cancel."""
    assert (ours.dtype, ours.shape) == (np.dtype(dtype), theirs.shape)
    for row in range(0, len(theirs), 3):
        part = slice(row, row + 3)
        rounding = 8 * np.finfo(dtype).eps * terms
        assert np.abs(ours[part] - theirs[part]).max() <= TOLERANCE[dtype] * np.abs(theirs[part]).max() + rounding


def test_every_activation_is_compared() -> None:
    # No component is forgotten when one is added.
    own = {name for name in dir(gn.activations) if gn.activations[name].__module__.startswith("glassnet_activations.")}
    assert {spec.split("(")[0] for spec in SPECS} | {"prelu"} == own


@dtypes
@pytest.mark.parametrize("spec", SPECS)
def test_output_and_gradient(spec: str, dtype: str) -> None:
    activation = gn.create("activation", spec)
    x, dy = VALUES["x"].astype(dtype), VALUES["dy"].astype(dtype)
    y = activation.forward(x)
    place = SPECS.index(spec)
    compare(y, VALUES["y"][place], dtype)
    compare(activation.backward(dy, x, y), VALUES["dx"][place], dtype, float(np.abs(dy).max()))


@dtypes
def test_prelu(dtype: str) -> None:
    x, dy = VALUES["x"].astype(dtype), VALUES["dy"].astype(dtype)
    network = gn.Network(["prelu"]).build((4,), dtype=dtype)
    network.flat_parameters[:] = VALUES["prelu/slopes"]
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)
    compare(y, VALUES["prelu/y"], dtype)
    compare(dx, VALUES["prelu/dx"], dtype)
    theirs = VALUES["prelu/dslopes"]
    assert np.abs(network.gradients - theirs).max() <= TOLERANCE[dtype] * np.abs(theirs).max()
