"""Networks with padding beside PyTorch: an embedding, layers that make or hide zeros, and one that skips padding.

PyTorch is told the padding by packed lengths or a ``key_padding_mask``; dropout multiplies with the numbers drawn here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from agreement import TOLERANCE, difference
from glassnet.model.objective import Objective
from glassnet_autodiff.check_once import objective_gradients

torch = pytest.importorskip("torch", reason="compared live where PyTorch is installed; committed values always")
F = torch.nn.functional

VOCABULARY, FEATURES, TIME, BATCH = 6, 2, 5, 8
BETWEEN = [
    "dropout(0.5)",
    "relu",
    "layer_norm",
    "batch_norm",
    "dense(2) relu",
    "dropout(0.5) dense(2) relu layer_norm",
    "batch_norm dropout(0.5) dense(2) dropout(0.5)",
]
READERS = [
    "lstm(3, mask=True)",
    "lstm(3, return_sequences=True, mask=True)",
    "gru(3, mask=True)",
    "gru(3, return_sequences=True, mask=True)",
    "self_attention(2, mask=True)",
    "self_attention(1, causal=True, mask=True)",
]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Theirs:
    """The same network in PyTorch, from the same parameters."""

    def __init__(self, layers: list[str], net: gn.Network, x: gn.Array) -> None:
        self.params = {name: torch.from_numpy(array.copy()).requires_grad_() for name, array in net.parameters.items()}
        self.layers = layers
        self.real = torch.from_numpy(x != 0)
        self.x = torch.from_numpy(x)
        self.draws = {}
        for place, spec in enumerate(layers):
            if spec.startswith("dropout"):
                ones = gn.Network(["linear"] * place + [spec]).build((TIME, FEATURES), dtype=net.dtype.name)
                with ones.workspace(training=True, step=2, seed=3) as ctx:
                    y, _ = ones.sequence.forward({}, np.ones((len(x), TIME, FEATURES), net.dtype), ctx)
                    self.draws[place] = torch.from_numpy(y.copy())

    def output(self) -> Any:
        h = self.x
        for place, spec in enumerate(self.layers):
            p = {name.partition(".")[2]: one for name, one in self.params.items() if name.startswith(f"{place}.")}
            h = getattr(self, spec.partition("(")[0])(h, p, place, spec)
        return h

    def embedding(self, h: Any, p: Any, place: int, spec: str) -> Any:
        return F.embedding(h, p["weights"]) * self.real[..., None]

    def dropout(self, h: Any, p: Any, place: int, spec: str) -> Any:
        return h * self.draws[place]

    def relu(self, h: Any, p: Any, place: int, spec: str) -> Any:
        return F.relu(h)

    def dense(self, h: Any, p: Any, place: int, spec: str) -> Any:
        return h @ p["weights"] + p["bias"]

    def layer_norm(self, h: Any, p: Any, place: int, spec: str) -> Any:
        return F.layer_norm(h, (FEATURES,), p["scale"], p["shift"], gn.create("layer", spec).epsilon)

    def batch_norm(self, h: Any, p: Any, place: int, spec: str) -> Any:
        rows = h.reshape(-1, FEATURES)
        epsilon = gn.create("layer", spec).epsilon
        return F.batch_norm(rows, None, None, p["scale"], p["shift"], True, eps=epsilon).reshape(h.shape)

    def recurrent(self, module: Any, h: Any, p: Any, spec: str) -> Any:
        second = torch.zeros_like(p["bias"])
        if "recurrent_bias" in p:
            second = torch.cat([torch.zeros(6, dtype=h.dtype), p["recurrent_bias"]])
        weights = dict(
            zip(
                ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"],
                [p["weights"].T, p["recurrent_weights"].T, p["bias"], second],
                strict=True,
            )
        )
        lengths = self.real.sum(dim=1)
        packed = torch.nn.utils.rnn.pack_padded_sequence(h, lengths, True, enforce_sorted=False)
        outputs, last = torch.func.functional_call(module.to(h.dtype), weights, (packed,))
        if "return_sequences" in spec:
            return torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=TIME)[0]
        return (last[0] if isinstance(last, tuple) else last)[0]

    def lstm(self, h: Any, p: Any, place: int, spec: str) -> Any:
        return self.recurrent(torch.nn.LSTM(FEATURES, 3, batch_first=True), h, p, spec)

    def gru(self, h: Any, p: Any, place: int, spec: str) -> Any:
        return self.recurrent(torch.nn.GRU(FEATURES, 3, batch_first=True), h, p, spec)

    def self_attention(self, h: Any, p: Any, place: int, spec: str) -> Any:
        module = torch.nn.MultiheadAttention(FEATURES, 2 if "(2" in spec else 1, batch_first=True).to(h.dtype)
        weights = {
            "in_proj_weight": p["weights"].T,
            "in_proj_bias": p["bias"],
            "out_proj.weight": p["output_weights"].T,
            "out_proj.bias": p["output_bias"],
        }
        hidden = ~torch.ones(TIME, TIME).tril().bool() if "causal" in spec else None
        named = {"key_padding_mask": ~self.real, "attn_mask": hidden}
        y, _ = torch.func.functional_call(module, weights, (h, h, h), named)
        return y * self.real[..., None]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("reader", READERS)
def test_padding_that_an_embedding_marks_is_skipped_behind(reader: str, between: str, dtype: str) -> None:
    rng = np.random.default_rng(len(between))
    x = rng.integers(1, VOCABULARY, (BATCH, TIME))
    for row, length in enumerate(rng.integers(1, TIME + 1, BATCH)):
        x[row, length:] = 0
    layers = [f"embedding({VOCABULARY}, {FEATURES}, padding=0)", *between.split(), reader]
    net = gn.Network(layers).build((TIME,), dtype=dtype)
    net.flat_parameters[:] = rng.normal(0, 0.5, net.flat_parameters.size)
    with net.workspace(training=True, step=2, seed=3) as ctx:
        y, caches = net.sequence.forward(net.parameter_views, x, ctx)
        y = y.copy()
        dy = rng.normal(size=y.shape).astype(dtype)
        net.sequence.backward(net.parameter_views, caches, dy, net.gradient_views, ctx)
    theirs = Theirs(layers, net, x)

    output = theirs.output()
    output.backward(torch.from_numpy(dy))

    component = f"layer:{reader.partition('(')[0]}"
    assert difference(component, y, output.detach().numpy()) <= TOLERANCE[dtype]
    gradients = net.layout.named(net.gradients)
    expected = {name: parameter.grad.numpy() for name, parameter in theirs.params.items()}
    # Gradients of some parameters are small rests of large numbers that cancel.
    floor = max(float(np.abs(gradient).max()) for gradient in expected.values())
    for name, gradient in expected.items():
        assert difference(component, gradients[name], gradient, least=floor) <= TOLERANCE[dtype], name


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reader", [each for each in READERS if "return_sequences" in each])
def test_the_loss_of_padded_steps_is_ignored(reader: str, dtype: str) -> None:
    rng = np.random.default_rng(8)
    x = rng.integers(1, VOCABULARY, (BATCH, TIME))
    for row, length in enumerate(rng.integers(1, TIME + 1, BATCH)):
        x[row, length:] = 0
    y = rng.integers(0, 4, x.shape)
    layers = [f"embedding({VOCABULARY}, {FEATURES}, padding=0)", "dropout(0.5)", reader, "dense(4)"]
    net = gn.Network([*layers, "softmax"]).build((TIME,), dtype=dtype)
    net.flat_parameters[:] = rng.normal(0, 0.5, net.flat_parameters.size)
    loss, _ = objective_gradients(Objective(net, gn.create("loss", "cce")), x, y, None, step=2, seed=3)
    theirs = Theirs(layers, net, x)

    labels = torch.from_numpy(np.where(x != 0, y, -100))
    expected = F.cross_entropy(theirs.output().reshape(-1, 4), labels.reshape(-1), ignore_index=-100)
    expected.backward()

    component = f"layer:{reader.partition('(')[0]}"
    assert difference(component, loss, expected.item(), dtype=dtype) <= TOLERANCE[dtype]
    gradients = net.layout.named(net.gradients)
    floor = max(float(parameter.grad.abs().max()) for parameter in theirs.params.values())
    for name, parameter in theirs.params.items():
        assert difference(component, gradients[name], parameter.grad.numpy(), least=floor) <= TOLERANCE[dtype], name
