"""Layers of image networks beside PyTorch: outputs and all gradients, over drawn shapes and options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

import glassnet as gn
from agreement import TOLERANCE, difference

torch = pytest.importorskip("torch", reason="compared live where PyTorch is installed; committed values always")
functional = torch.nn.functional

EXAMPLES = settings(max_examples=40, deadline=None, derandomize=True)
dtypes = st.sampled_from(["float64", "float32"])
seeds = st.integers(0, 2**16)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
shapes = st.tuples(st.integers(1, 4), st.integers(1, 8), st.integers(1, 8), st.integers(1, 3))


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Ours:
    """One layer with parameters drawn at random, its output and its gradients."""

    def __init__(self, layer: gn.Layer, x: gn.Array, seed: int, *, training: bool = True) -> None:
        self.x = x
        self.component = f"layer:{str(layer).partition('(')[0]}"
        self.network = gn.Network([layer]).build(x.shape[1:], dtype=x.dtype.name)
        rng = np.random.default_rng(seed)
        self.network.flat_parameters[:] = rng.normal(size=self.network.flat_parameters.size)
        if self.network.state.get("0"):
            state = self.network.state["0"]
            state["running_mean"][:] = rng.normal(size=x.shape[-1])
            state["running_variance"][:] = rng.uniform(0.5, 2, size=x.shape[-1])
            self.state_before = {name: array.copy() for name, array in state.items()}
        self.parameters = {name.removeprefix("0."): array for name, array in self.network.parameters.items()}
        with self.network.workspace(training=training) as ctx:
            ctx.needs_input_grad = True
            self.network.gradients[:] = np.nan
            y, caches = self.network.sequence.forward(self.network.parameter_views, x, ctx)
            self.y, self.dy = y.copy(), rng.normal(size=y.shape).astype(x.dtype)
            dx = self.network.sequence.backward(
                self.network.parameter_views, caches, self.dy, self.network.gradient_views, ctx
            )
            assert dx is not None
            self.dx = dx.copy()
        named = self.network.layout.named(self.network.gradients)
        self.gradients = {name.removeprefix("0."): array for name, array in named.items()}

    def agree(self, function: Any, *, least: float = 0.0) -> None:
        """Compare with a function of tensors, the input and our parameters by name, in our layout.

        Each array may differ by a part of its largest element, or of `least` where what is left of terms that cancel
        is smaller than the terms.
        """
        x = tensor(self.x)
        parameters = {name: tensor(array) for name, array in self.parameters.items()}
        y = function(x, **parameters)
        y.backward(torch.from_numpy(self.dy))
        pairs = [(self.y, y.detach()), (self.dx, x.grad)]
        pairs += [(self.gradients[name], parameter.grad) for name, parameter in parameters.items()]
        for ours, theirs in pairs:
            expected = theirs.numpy()
            assert ours.dtype == expected.dtype
            assert difference(self.component, ours, expected, least=least) <= TOLERANCE[ours.dtype.name]


def tensor(array: gn.Array) -> Any:
    """A tensor of the same numbers that wants a gradient."""
    return torch.from_numpy(np.array(array)).requires_grad_()


def channels_first(images: Any) -> Any:
    return images.permute(0, 3, 1, 2)


def channels_last(images: Any) -> Any:
    return images.permute(0, 2, 3, 1)


def inputs(shape: tuple[int, ...], dtype: str, seed: int) -> gn.Array:
    return np.random.default_rng(seed + 1).normal(size=shape).astype(dtype)


def same(length: int, size: int, stride: int, dilation: int) -> tuple[int, int]:
    """The zeros before and after that TensorFlow's documentation gives for "same"."""
    reach = dilation * (size - 1) + 1
    total = max(reach - (length % stride or stride), 0)
    return total // 2, total - total // 2


# --- conv2d --------------------------------------------------------------------------------------------------------


@EXAMPLES
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)),
    kernel=pairs,
    stride=pairs,
    dilation=pairs,
    padding=st.one_of(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.just("same")),
    groups=st.integers(1, 3),
    per_group=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    bias=st.booleans(),
    dtype=dtypes,
    seed=seeds,
)
def test_conv2d(
    shape: tuple[int, int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: Any,
    groups: int,
    per_group: tuple[int, int],
    bias: bool,
    dtype: str,
    seed: int,
) -> None:
    batch, height, width = shape
    channels, filters = (groups * each for each in per_group)
    around = [
        same((height, width)[a], kernel[a], stride[a], dilation[a]) if padding == "same" else (padding[a],) * 2
        for a in (0, 1)
    ]
    for axis in (0, 1):
        assume((height, width)[axis] + sum(around[axis]) >= dilation[axis] * (kernel[axis] - 1) + 1)
    layer = gn.layers.conv2d(
        filters, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias
    )
    ours = Ours(layer, inputs((batch, height, width, channels), dtype, seed), seed)

    def convolve(x: Any, weights: Any, bias: Any = None) -> Any:
        padded = functional.pad(channels_first(x), (*around[1], *around[0]))
        y = functional.conv2d(padded, weights.permute(3, 2, 0, 1), bias, stride, 0, dilation, groups)
        return channels_last(y)

    ours.agree(convolve, least=1.0)


# --- pooling -------------------------------------------------------------------------------------------------------

windows = given(
    shape=shapes,
    size=pairs,
    stride=st.one_of(st.none(), pairs),
    padded=st.tuples(st.booleans(), st.booleans()),
    whole=st.booleans(),
    dtype=dtypes,
    seed=seeds,
)


@EXAMPLES
@windows
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_pooling(
    name: str,
    shape: tuple[int, ...],
    size: tuple[int, int],
    stride: tuple[int, int] | None,
    padded: tuple[bool, bool],
    whole: bool,
    dtype: str,
    seed: int,
) -> None:
    padding = tuple(size[axis] // 2 if padded[axis] else 0 for axis in (0, 1))
    assume(all(shape[1 + axis] + 2 * padding[axis] >= size[axis] for axis in (0, 1)))
    x = inputs(shape, dtype, seed)
    # Whole numbers: many a window has several largest values, and the first is to get the gradient.
    x = np.round(x) if whole else x
    ours = Ours(gn.create("layer", name).replace(size=size, stride=stride, padding=padding), x, seed)

    def pool(x: Any) -> Any:
        images = channels_first(x).contiguous()
        if name == "max_pool2d":
            return channels_last(functional.max_pool2d(images, size, stride, padding))
        return channels_last(functional.avg_pool2d(images, size, stride, padding, count_include_pad=False))

    ours.agree(pool, least=1.0)


@EXAMPLES
@given(shape=shapes, dtype=dtypes, seed=seeds)
def test_global_avg_pool2d(shape: tuple[int, ...], dtype: str, seed: int) -> None:
    ours = Ours(gn.layers.global_avg_pool2d(), inputs(shape, dtype, seed), seed)

    ours.agree(lambda x: functional.adaptive_avg_pool2d(channels_first(x), 1).flatten(1), least=1.0)


# --- dense, and other shapes ---------------------------------------------------------------------------------------


@EXAMPLES
@given(
    shape=st.lists(st.integers(1, 6), min_size=2, max_size=3),
    units=st.integers(1, 6),
    bias=st.booleans(),
    dtype=dtypes,
    seed=seeds,
)
def test_dense(shape: list[int], units: int, bias: bool, dtype: str, seed: int) -> None:
    ours = Ours(gn.layers.dense(units, bias=bias), inputs(tuple(shape), dtype, seed), seed)

    ours.agree(lambda x, weights, bias=None: functional.linear(x, weights.T, bias), least=1.0)


@EXAMPLES
@given(shape=st.lists(st.integers(1, 5), min_size=2, max_size=4), dtype=dtypes, seed=seeds)
def test_flatten_and_reshape(shape: list[int], dtype: str, seed: int) -> None:
    x = inputs(tuple(shape), dtype, seed)

    Ours(gn.layers.flatten(), x, seed).agree(torch.nn.Flatten())
    flat = x.reshape(len(x), -1)
    Ours(gn.layers.reshape(shape[1:]), flat, seed).agree(torch.nn.Unflatten(1, shape[1:]))


# --- normalization -------------------------------------------------------------------------------------------------


@EXAMPLES
@given(
    shape=st.one_of(shapes, st.tuples(st.integers(2, 9), st.integers(1, 4))),
    momentum=st.floats(0, 0.99),
    epsilon=st.floats(1e-5, 0.1),
    training=st.booleans(),
    dtype=dtypes,
    seed=seeds,
)
def test_batch_norm(
    shape: tuple[int, ...], momentum: float, epsilon: float, training: bool, dtype: str, seed: int
) -> None:
    # Of two values close together the difference has few digits, and that is all their normalized values depend on.
    assume(not training or np.prod(shape[:-1]) > 4)
    x = inputs(shape, dtype, seed)
    ours = Ours(gn.layers.batch_norm(momentum, epsilon), x, seed, training=training)
    mean, variance = (torch.from_numpy(array.astype(dtype)) for array in ours.state_before.values())

    def normalize(x: Any, scale: Any, shift: Any) -> Any:
        moved = x.movedim(-1, 1)
        y = functional.batch_norm(moved, mean, variance, scale, shift, training, 1 - momentum, epsilon)
        return y.movedim(1, -1)

    ours.agree(normalize, least=1.0)
    for array, expected in zip(ours.network.state["0"].values(), (mean, variance), strict=True):
        assert difference("layer:batch_norm", array, expected.numpy(), least=1.0, dtype=dtype) <= TOLERANCE[dtype]


@EXAMPLES
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    features=st.integers(5, 12),
    epsilon=st.floats(1e-5, 0.1),
    dtype=dtypes,
    seed=seeds,
)
def test_layer_norm(shape: list[int], features: int, epsilon: float, dtype: str, seed: int) -> None:
    ours = Ours(gn.layers.layer_norm(epsilon=epsilon), inputs((*shape, features), dtype, seed), seed)

    ours.agree(lambda x, scale, shift: functional.layer_norm(x, (features,), scale, shift, epsilon), least=1.0)
