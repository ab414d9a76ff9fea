"""Optimizers alone: everybody goes the same way, and who does not is not counted."""

import numpy as np
import pytest

from benchmarks.cases import perceptron
from benchmarks.peers import OURS

optimizers = pytest.importorskip("benchmarks.optimizers", reason="it needs PyTorch")


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(optimizers, "SIZES", {"tiny": (perceptron(5, 4, 3, batch=1, steps=1), 3)})
    monkeypatch.setattr("benchmarks.rounds.PAUSE", 0)


@pytest.mark.parametrize("spec", optimizers.OPTIMIZERS)
def test_pytorchs_counterpart_goes_the_same_way(spec):
    result = optimizers.stepped(spec, "tiny", rounds=1)
    assert result["not_counted"] == {}
    assert {OURS, "PyTorch, default", "PyTorch, foreach"} <= set(result["seconds"])


def test_a_variant_that_pytorch_has_not_is_left_out_and_named():
    assert optimizers.stepped("radam", "tiny", rounds=1)["missing"] == {
        "PyTorch, fused": "PyTorch has no such variant of it"
    }


def test_another_formula_is_not_counted(monkeypatch):
    monkeypatch.setitem(
        optimizers.OPTIMIZERS, "adam", (optimizers.torch.optim.Adam, {"lr": 0.001, "betas": (0.8, 0.999)})
    )
    assert set(optimizers.stepped("adam", "tiny", rounds=1)["not_counted"]) >= {"PyTorch, default"}


def test_distances_are_parts_of_the_longest_way():
    """Ours goes 2 at most; 0.001 of that is allowed."""
    first = np.array([1.0, 1.0])
    ends = {OURS: np.array([3.0, 1.0]), "near": np.array([3.0, 1.0015]), "far": np.array([3.0, 1.2])}
    assert optimizers.elsewhere(ends, first) == {"far": "its parameters end 10.0% of the way off ours"}
