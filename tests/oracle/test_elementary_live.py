"""Initializers and constraints whose results are known beside PyTorch, over drawn shapes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn
from agreement import TOLERANCE, difference

torch = pytest.importorskip("torch", reason="they are tested by hand where PyTorch is not installed")

EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True)
dtypes = st.sampled_from(["float64", "float32"])
shapes = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)
PEERS = {
    "zeros": torch.nn.init.zeros_,
    "ones": torch.nn.init.ones_,
    "constant": lambda w: torch.nn.init.constant_(w, 0.3),
}


@pytest.mark.parametrize("name", PEERS)
@EXAMPLES
@given(shape=shapes, dtype=dtypes)
def test_initializers(name: str, shape: tuple[int, ...], dtype: str) -> None:
    spec = "constant(0.3)" if name == "constant" else name
    ours = gn.create("initializer", spec).sample(shape, 1, 1, np.random.default_rng(0)).astype(dtype)
    theirs = PEERS[name](torch.empty(shape, dtype=getattr(torch, dtype))).numpy()

    assert difference(f"initializer:{name}", ours, theirs) <= TOLERANCE[dtype]


@EXAMPLES
@given(shape=st.lists(st.integers(1, 6), min_size=2, max_size=4).map(tuple), dtype=dtypes, seed=st.integers(0, 2**16))
def test_orthogonal_makes_the_same_of_the_same_normal_numbers(shape: tuple[int, ...], dtype: str, seed: int) -> None:
    def as_drawn(matrix: Any, *args: Any, **options: Any) -> Any:
        length = math.prod(shape)
        drawn = np.random.default_rng(seed).normal(size=(max(matrix.shape), length // max(matrix.shape)))
        return matrix.copy_(torch.from_numpy(drawn if len(matrix) == len(drawn) else drawn.T))

    ours = gn.initializers.orthogonal(gain=1.5).sample(shape, 1, 1, np.random.default_rng(seed))
    # PyTorch's units are on the first axis.
    theirs = torch.empty((shape[-1], math.prod(shape[:-1])), dtype=torch.float64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "normal_", as_drawn)
        torch.nn.init.orthogonal_(theirs, gain=1.5)
    is_square = theirs.shape[0] == theirs.shape[1]
    expected = (theirs if is_square else theirs.T).reshape(shape).numpy()

    # As in a network, the type comes last: both start from the same values.
    assert difference("initializer:orthogonal", ours.astype(dtype), expected.astype(dtype)) <= TOLERANCE[dtype]


@EXAMPLES
@given(shape=shapes, dtype=dtypes, seed=st.integers(0, 2**16))
def test_non_negative(shape: tuple[int, ...], dtype: str, seed: int) -> None:
    ours = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    theirs = torch.from_numpy(ours.copy()).clamp(min=0).numpy()

    gn.constraints.non_negative().project(ours)

    assert difference("constraint:non_negative", ours, theirs) <= TOLERANCE[dtype]
