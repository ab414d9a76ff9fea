"""lstm, gru, self_attention and embedding beside PyTorch: outputs and all gradients, over drawn shapes and options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn
from agreement import TOLERANCE, difference

torch = pytest.importorskip("torch", reason="compared live where PyTorch is installed; committed values always")

EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True)
dtypes = st.sampled_from(["float64", "float32"])
seeds = st.integers(0, 2**16)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Ours:
    """One layer with parameters drawn at random, its output and its gradients."""

    def __init__(self, layer: gn.Layer, x: gn.Array, dtype: str, seed: int) -> None:
        self.component = f"layer:{str(layer).partition('(')[0]}"
        self.network = gn.Network([layer]).build(x.shape[1:], dtype=dtype)
        self.rng = np.random.default_rng(seed)
        self.network.flat_parameters[:] = self.rng.normal(0, 0.5, self.network.flat_parameters.size)
        self.parameters = {name.removeprefix("0."): array for name, array in self.network.parameters.items()}
        with self.network.workspace(training=True) as ctx:
            ctx.needs_input_grad = True
            self.network.gradients[:] = np.nan
            y, caches = self.network.sequence.forward(self.network.parameter_views, x, ctx)
            self.y, self.dy = y.copy(), self.rng.normal(size=y.shape).astype(dtype)
            dx = self.network.sequence.backward(
                self.network.parameter_views, caches, self.dy, self.network.gradient_views, ctx
            )
            assert dx is not None
            self.dx = dx.copy()
        named = self.network.layout.named(self.network.gradients)
        self.gradients = {name.removeprefix("0."): array for name, array in named.items()}

    def agree(self, y: Any, dx: Any, gradients: dict[str, Any]) -> None:
        """Compare with tensors: each may differ by a part of its largest element.

        A gradient may be the small rest of large ones that cancel, and its digits are then lost in both; so that
        element counts as no smaller than a thousandth of the largest of all gradients.
        """
        assert set(gradients) == set(self.gradients)
        pairs = [(self.gradients[name], gradient) for name, gradient in gradients.items()]
        if dx is not None:
            pairs.append((self.dx, dx))
        floor = max(float(np.abs(ours).max()) for ours, _ in pairs) / 1000
        for ours, theirs, least in [(self.y, y, 0.0), *((ours, theirs, floor) for ours, theirs in pairs)]:
            expected = theirs.detach().numpy()
            assert ours.dtype == expected.dtype
            assert difference(self.component, ours, expected, least=least) <= TOLERANCE[ours.dtype.name]


def tensor(array: gn.Array) -> Any:
    """A tensor of the same numbers that wants a gradient."""
    return torch.from_numpy(np.array(array)).requires_grad_()


def inputs(shape: tuple[int, ...], dtype: str, seed: int) -> gn.Array:
    return np.random.default_rng(seed + 1).normal(size=shape).astype(dtype)


# --- lstm and gru --------------------------------------------------------------------------------------------------


def torch_lstm(ours: Ours, features: int, units: int) -> tuple[Any, Any]:
    """PyTorch's LSTM with our parameters, and what reads our gradients off it."""
    theirs = torch.nn.LSTM(features, units, batch_first=True).to(torch.from_numpy(ours.y).dtype)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(torch.from_numpy(ours.parameters["weights"].T))
        theirs.weight_hh_l0.copy_(torch.from_numpy(ours.parameters["recurrent_weights"].T))
        theirs.bias_ih_l0.copy_(torch.from_numpy(ours.parameters["bias"]))
        theirs.bias_hh_l0.zero_()

    def gradients() -> dict[str, Any]:
        return {
            "weights": theirs.weight_ih_l0.grad.T,
            "recurrent_weights": theirs.weight_hh_l0.grad.T,
            "bias": theirs.bias_ih_l0.grad,
        }

    return theirs, gradients


def torch_gru(ours: Ours, features: int, units: int) -> tuple[Any, Any]:
    """PyTorch's GRU likewise; our recurrent bias is the last third of its second bias."""
    theirs = torch.nn.GRU(features, units, batch_first=True).to(torch.from_numpy(ours.y).dtype)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(torch.from_numpy(ours.parameters["weights"].T))
        theirs.weight_hh_l0.copy_(torch.from_numpy(ours.parameters["recurrent_weights"].T))
        theirs.bias_ih_l0.copy_(torch.from_numpy(ours.parameters["bias"]))
        theirs.bias_hh_l0.zero_()
        theirs.bias_hh_l0[2 * units :] = torch.from_numpy(ours.parameters["recurrent_bias"])

    def gradients() -> dict[str, Any]:
        return {
            "weights": theirs.weight_ih_l0.grad.T,
            "recurrent_weights": theirs.weight_hh_l0.grad.T,
            "bias": theirs.bias_ih_l0.grad,
            "recurrent_bias": theirs.bias_hh_l0.grad[2 * units :],
        }

    return theirs, gradients


PEERS = {"lstm": torch_lstm, "gru": torch_gru}
recurrent = pytest.mark.parametrize("name", PEERS)
sizes = st.tuples(st.integers(1, 4), st.integers(1, 7), st.integers(1, 5), st.integers(1, 6))


@recurrent
@EXAMPLES
@given(size=sizes, return_sequences=st.booleans(), dtype=dtypes, seed=seeds)
def test_recurrent_layers(name: str, size: tuple[int, ...], return_sequences: bool, dtype: str, seed: int) -> None:
    batch, time, features, units = size
    x = inputs((batch, time, features), dtype, seed)
    layer = gn.create("layer", f"{name}({units}, return_sequences={return_sequences})")
    ours = Ours(layer, x, dtype, seed)
    theirs, gradients = PEERS[name](ours, features, units)

    x_t = tensor(x)
    outputs, _ = theirs(x_t)
    y = outputs if return_sequences else outputs[:, -1]
    y.backward(torch.from_numpy(ours.dy))

    ours.agree(y, x_t.grad, gradients())


@recurrent
@EXAMPLES
@given(size=sizes, return_sequences=st.booleans(), dtype=dtypes, seed=seeds, draw=st.data())
def test_recurrent_layers_with_padding_behind_as_packed_sequences(
    name: str, size: tuple[int, ...], return_sequences: bool, dtype: str, seed: int, draw: st.DataObject
) -> None:
    batch, time, features, units = size
    lengths = draw.draw(st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    x = inputs((batch, time, features), dtype, seed)
    for row, length in enumerate(lengths):
        x[row, length:] = 0
    layer = gn.create("layer", f"{name}({units}, return_sequences={return_sequences}, mask=True)")
    ours = Ours(layer, x, dtype, seed)
    theirs, gradients = PEERS[name](ours, features, units)

    x_t = tensor(x)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x_t, torch.tensor(lengths), True, enforce_sorted=False)
    outputs, last = theirs(packed)
    h = last[0] if name == "lstm" else last
    unpacked, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=time)
    y = unpacked if return_sequences else h[0]
    y.backward(torch.from_numpy(ours.dy))

    ours.agree(y, x_t.grad, gradients())


@recurrent
@EXAMPLES
@given(size=sizes, return_sequences=st.booleans(), dtype=dtypes, seed=seeds, draw=st.data())
def test_recurrent_layers_with_padding_anywhere_keep_their_state(
    name: str, size: tuple[int, ...], return_sequences: bool, dtype: str, seed: int, draw: st.DataObject
) -> None:
    batch, time, features, units = size
    flags = draw.draw(st.lists(st.booleans(), min_size=batch * time, max_size=batch * time))
    real = np.array(flags).reshape(batch, time)
    x = inputs((batch, time, features), dtype, seed)
    x[~real] = 0
    layer = gn.create("layer", f"{name}({units}, return_sequences={return_sequences}, mask=True)")
    ours = Ours(layer, x, dtype, seed)
    theirs, gradients = PEERS[name](ours, features, units)
    cell = torch.nn.LSTMCell if name == "lstm" else torch.nn.GRUCell
    step = cell(features, units).to(theirs.weight_ih_l0.dtype)
    for parameter in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(step, parameter, getattr(theirs, f"{parameter}_l0"))

    x_t, counts = tensor(x), torch.from_numpy(real)
    h = c = torch.zeros(batch, units, dtype=x_t.dtype)
    outputs = []
    for t in range(time):
        now = counts[:, t, None]
        new_h, new_c = step(x_t[:, t], (h, c)) if name == "lstm" else (step(x_t[:, t], h), c)
        h, c = torch.where(now, new_h, h), torch.where(now, new_c, c)
        outputs.append(torch.where(now, h, torch.zeros_like(h)))
    y = torch.stack(outputs, 1) if return_sequences else h
    y.backward(torch.from_numpy(ours.dy))

    ours.agree(y, x_t.grad, gradients())


# --- self_attention ------------------------------------------------------------------------------------------------


@EXAMPLES
@given(
    size=st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 4), st.integers(1, 3)),
    causal=st.booleans(),
    bias=st.booleans(),
    masked=st.booleans(),
    dtype=dtypes,
    seed=seeds,
    draw=st.data(),
)
def test_self_attention(
    size: tuple[int, ...], causal: bool, bias: bool, masked: bool, dtype: str, seed: int, draw: st.DataObject
) -> None:
    batch, time, per_head, heads = size
    features = per_head * heads
    x = inputs((batch, time, features), dtype, seed)
    real = np.ones((batch, time), bool)
    if masked:
        # The first step is real: where nothing is left to look at, PyTorch gives NaN, and we are tested by hand.
        flags = draw.draw(st.lists(st.booleans(), min_size=batch * time, max_size=batch * time))
        real = np.array(flags).reshape(batch, time)
        real[:, 0] = True
        x[~real] = 0
    ours = Ours(gn.layers.self_attention(heads, causal=causal, mask=masked, bias=bias), x, dtype, seed)
    theirs = torch.nn.MultiheadAttention(features, heads, bias=bias, batch_first=True)
    theirs = theirs.to(torch.from_numpy(x).dtype)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.from_numpy(ours.parameters["weights"].T))
        theirs.out_proj.weight.copy_(torch.from_numpy(ours.parameters["output_weights"].T))
        if bias:
            theirs.in_proj_bias.copy_(torch.from_numpy(ours.parameters["bias"]))
            theirs.out_proj.bias.copy_(torch.from_numpy(ours.parameters["output_bias"]))

    x_t = tensor(x)
    hidden = ~torch.ones(time, time).tril().bool() if causal else None
    y, _ = theirs(x_t, x_t, x_t, key_padding_mask=torch.from_numpy(~real), attn_mask=hidden)
    y = y * torch.from_numpy(real)[..., None]
    y.backward(torch.from_numpy(ours.dy))

    gradients = {"weights": theirs.in_proj_weight.grad.T, "output_weights": theirs.out_proj.weight.grad.T}
    if bias:
        gradients |= {"bias": theirs.in_proj_bias.grad, "output_bias": theirs.out_proj.bias.grad}
    ours.agree(y, x_t.grad, gradients)


# --- embedding -----------------------------------------------------------------------------------------------------


@EXAMPLES
@given(
    vocabulary=st.integers(1, 9),
    units=st.integers(1, 5),
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    pads=st.booleans(),
    dtype=dtypes,
    seed=seeds,
)
def test_embedding(vocabulary: int, units: int, shape: list[int], pads: bool, dtype: str, seed: int) -> None:
    indices = np.random.default_rng(seed).integers(0, vocabulary, shape)
    padding = seed % vocabulary if pads else None
    ours = Ours(gn.layers.embedding(vocabulary, units, padding=padding), indices, dtype, seed)
    theirs = torch.nn.Embedding(vocabulary, units, padding_idx=padding, dtype=torch.from_numpy(ours.y).dtype)
    with torch.no_grad():
        theirs.weight.copy_(torch.from_numpy(ours.parameters["weights"]))
        if padding is not None:
            theirs.weight[padding] = 0

    y = theirs(torch.from_numpy(indices))
    y.backward(torch.from_numpy(ours.dy))

    ours.agree(y, None, {"weights": theirs.weight.grad})
