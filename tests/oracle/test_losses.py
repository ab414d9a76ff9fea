"""Losses of weighted samples beside values that PyTorch gave; see make_values/losses.py."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.model.objective import Objective
from glassnet_autodiff.check_once import objective_gradients

with np.load(Path(__file__).parent / "values" / "losses.npz") as _file:
    VALUES = {name: _file[name] for name in _file.files}
CASES = sorted({name.rpartition("/")[0] for name in VALUES if "|" in name})
TOLERANCE = {"float64": 1e-10, "float32": 1e-5}


def agree(ours: gn.Array | float, theirs: gn.Array, dtype: str) -> None:
    assert np.shape(ours) == theirs.shape
    assert np.abs(ours - theirs).max() <= TOLERANCE[dtype] * np.abs(theirs).max()


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient_with_weights(case: str, dtype: str) -> None:
    spec, activation, predictions, targets = case.split("|")
    y_pred, y_true = VALUES[f"inputs/{predictions}"], VALUES[f"inputs/{targets}"]
    loss = gn.create("loss", spec)
    # Samples that are unit vectors make the predictions of the weights, and the gradient of one that of the other.
    samples, outputs = y_pred.shape
    network = gn.Network([f"dense({outputs}, bias=False)", *filter(None, [activation])]).build((samples,), dtype=dtype)
    network.flat_parameters[:] = y_pred.reshape(-1)
    loader = network.loader(gn.Split(np.eye(samples, dtype=dtype), y_true, VALUES["inputs/weights"]), loss)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gn.GlassnetWarning)  # of probabilities without an activation
        objective = Objective(network, loss)
    value, _ = objective_gradients(objective, loader.x, loader.y, loader.weights, step=0, seed=0)

    weights = VALUES["inputs/weights"]
    agree(np.array(value), np.sum(VALUES[f"{case}/each"] * weights) / weights.sum(), dtype)
    agree(network.gradients.reshape(samples, outputs), VALUES[f"{case}/gradient"], dtype)
    assert network.gradients.dtype == dtype


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", CASES)
def test_the_loss_of_each_sample(case: str, dtype: str) -> None:
    spec, activation, predictions, targets = case.split("|")
    y_pred, y_true = VALUES[f"inputs/{predictions}"].astype(dtype), VALUES[f"inputs/{targets}"]
    loss = gn.create("loss", spec)
    y_true = loss.prepare_targets(y_true, y_pred.shape[1:], np.dtype(dtype))
    fused = loss.fuse(gn.create("activation", activation)) if activation else loss

    agree(fused.per_sample(y_pred, y_true), VALUES[f"{case}/each"], dtype)


def test_every_loss_is_compared() -> None:
    # No component is forgotten when one is added.
    own = {
        type(gn.losses[name]()).__name__ for name in dir(gn.losses) if "glassnet_losses" in gn.losses[name].__module__
    }
    assert {type(gn.create("loss", case.split("|")[0])).__name__ for case in CASES} == own
