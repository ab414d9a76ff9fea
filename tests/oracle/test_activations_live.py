"""Activations beside PyTorch: output and gradient, over drawn shapes, sizes and options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn
from agreement import TOLERANCE, difference

torch = pytest.importorskip("torch", reason="compared live where PyTorch is installed; committed values always")
F = torch.nn.functional

EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True)
dtypes = st.sampled_from(["float64", "float32"])
seeds = st.integers(0, 2**16)
# Up to where float32 has no exponential any more, and far beyond.
sizes = st.sampled_from([1e-3, 1.0, 5.0, 100.0, 1e4])
shapes = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)
parameters = st.floats(0.1, 3.0)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def drawn(shape: tuple[int, ...], size: float, dtype: str, seed: int) -> tuple[gn.Array, gn.Array]:
    """Return an input and a gradient of the output; some of the input is exactly zero.

    The first element is on the right of zero. On the left, outputs may be tiny, and PyTorch's gelu, which is x times
    the rest of 1 + erf, has few right digits there; so they are compared by the size of an output that is not tiny.
    """
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=shape) * size, rng.normal(size=shape)
    x[rng.random(shape) < 0.1] = 0
    x.flat[0], dy.flat[0] = size, 1
    return x.astype(dtype), dy.astype(dtype)


def agree(name: str, ours: gn.Array, theirs: Any, terms: float = 0.0) -> None:
    """Compare by the largest element, and allow for the rounding of `terms` that may cancel."""
    expected = theirs.detach().numpy()
    assert ours.dtype == expected.dtype
    assert difference(f"activation:{name}", ours, expected, terms=terms) <= TOLERANCE[ours.dtype.name]


def compare(spec: str, function: Callable[[Any], Any], x: gn.Array, dy: gn.Array) -> None:
    activation = gn.create("activation", spec)
    y = activation.forward(x)
    theirs = torch.from_numpy(x.copy()).requires_grad_()
    output = function(theirs)
    output.backward(torch.from_numpy(dy))
    name = spec.partition("(")[0]
    agree(name, y, output)
    agree(name, activation.backward(dy, x, y), theirs.grad, float(np.abs(dy).max()))


WITHOUT_OPTIONS = {
    "gelu": F.gelu,
    "gelu(approximate='tanh')": lambda x: F.gelu(x, approximate="tanh"),
    "linear": lambda x: 1 * x,
    "log_softmax": lambda x: F.log_softmax(x, dim=-1),
    "mish": F.mish,
    "relu": F.relu,
    "selu": F.selu,
    "sigmoid": F.sigmoid,
    "silu": F.silu,
    "softmax": lambda x: F.softmax(x, dim=-1),
    "tanh": F.tanh,
}
# The option's value is put in; beyond its threshold, PyTorch's softplus goes over to the identity.
WITH_OPTION: dict[str, Callable[[Any, float], Any]] = {
    "elu(alpha={})": F.elu,
    "leaky_relu(negative_slope={})": F.leaky_relu,
    "softplus(beta={})": lambda x, beta: F.softplus(x, beta, threshold=50),
}


@pytest.mark.parametrize("spec", WITHOUT_OPTIONS)
@EXAMPLES
@given(shape=shapes, size=sizes, dtype=dtypes, seed=seeds)
def test_activations(spec: str, shape: tuple[int, ...], size: float, dtype: str, seed: int) -> None:
    compare(spec, WITHOUT_OPTIONS[spec], *drawn(shape, size, dtype, seed))


@pytest.mark.parametrize("spec", WITH_OPTION)
@EXAMPLES
@given(shape=shapes, size=sizes, dtype=dtypes, seed=seeds, parameter=parameters)
def test_activations_with_an_option(
    spec: str, shape: tuple[int, ...], size: float, dtype: str, seed: int, parameter: float
) -> None:
    value = min(parameter, 1.0) if "slope" in spec else parameter
    function = WITH_OPTION[spec]
    compare(spec.format(value), lambda x: function(x, value), *drawn(shape, size, dtype, seed))


@EXAMPLES
@given(shape=st.lists(st.integers(1, 5), min_size=2, max_size=4).map(tuple), size=sizes, dtype=dtypes, seed=seeds)
def test_prelu(shape: tuple[int, ...], size: float, dtype: str, seed: int) -> None:
    x, dy = drawn(shape, size, dtype, seed)
    network = gn.Network(["prelu"]).build(shape[1:], dtype=dtype)
    network.flat_parameters[:] = np.random.default_rng(seed).normal(size=shape[-1])
    theirs, slopes = torch.from_numpy(x.copy()).requires_grad_(), torch.from_numpy(network.flat_parameters.copy())
    slopes.requires_grad_()
    # PyTorch's features are on the second axis.
    output = F.prelu(theirs.movedim(-1, 1), slopes).movedim(1, -1)
    output.backward(torch.from_numpy(dy))
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)
    agree("prelu", y, output)
    agree("prelu", dx, theirs.grad)
    terms = np.abs(dy * np.minimum(x, 0)).reshape(-1, shape[-1]).sum(axis=0).max()
    agree("prelu", network.gradients, slopes.grad, float(terms))
