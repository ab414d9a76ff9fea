"""Losses beside PyTorch: value and gradient with weights, alone and behind an activation, over drawn shapes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn
from agreement import TOLERANCE, difference
from glassnet.model.objective import Objective
from glassnet_autodiff.check_once import objective_gradients

torch = pytest.importorskip("torch", reason="compared live where PyTorch is installed; committed values always")
F = torch.nn.functional

EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True)
dtypes = st.sampled_from(["float64", "float32"])
seeds = st.integers(0, 2**16)
sizes = st.sampled_from([0.01, 1.0, 4.0, 30.0])
rows = st.tuples(st.integers(1, 6), st.integers(1, 5))
# A batch of sequences: what is in between counts as samples of their own.
steps = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(2, 5))
any_shape = st.one_of(rows, steps)
several = st.one_of(st.tuples(st.integers(1, 6), st.integers(2, 5)), steps)
fractions = st.floats(0.0, 0.9)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def over_outputs(elements: Any) -> Any:
    return elements.reshape(len(elements), -1).mean(dim=1)


def over_steps(costs: Any, batch: int) -> Any:
    return costs.reshape(batch, -1).mean(dim=1)


def flat(array: Any) -> Any:
    return array.reshape(-1, array.shape[-1])


NAMES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "bce": "binary_crossentropy",
    "cce": "categorical_crossentropy",
}


def compare(
    spec: str,
    activation: str,
    y_pred: gn.Array,
    y_true: gn.Array,
    each_of: Callable[[Any, Any], Any],
    seed: int,
) -> None:
    """Compare the weighted loss, and its derivative with respect to `y_pred`, which goes into the activation."""
    dtype, batch = y_pred.dtype.name, len(y_pred)
    weights = np.random.default_rng(seed + 1).uniform(0, 3, batch)
    weights[-1] = 1
    weights[:-1][weights[:-1] < 0.5] = 0
    # Samples that are unit vectors make the predictions of the weights, and the gradient of one that of the other.
    layers = [f"dense({y_pred[0].size}, bias=False)", f"reshape({list(y_pred.shape[1:])})"]
    network = gn.Network([*layers, *filter(None, [activation])]).build((batch,), dtype=dtype)
    network.flat_parameters[:] = y_pred.reshape(-1)
    loss = gn.create("loss", spec)
    loader = network.loader(gn.Split(np.eye(batch, dtype=dtype), y_true, weights), loss)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gn.GlassnetWarning)  # of probabilities without an activation
        objective = Objective(network, loss)
    ours, _ = objective_gradients(objective, loader.x, loader.y, loader.weights, step=0, seed=0)
    gradient = network.gradients.reshape(y_pred.shape)

    theirs = torch.from_numpy(y_pred.astype(dtype)).requires_grad_()
    is_float = y_true.dtype.kind == "f"
    each = each_of(theirs, torch.from_numpy(y_true.astype(dtype) if is_float else y_true))
    w = torch.from_numpy(weights.astype(dtype))
    value = (each * w).sum() / w.sum()
    value.backward()

    assert gradient.dtype == dtype
    component = f"loss:{NAMES.get(name := spec.partition('(')[0], name)}"
    # Losses and gradients are made of terms around 1; of one that is far below, the rest is rounding in both.
    for got, expected in [(np.array(ours), value.detach().numpy()), (gradient, theirs.grad.numpy())]:
        least = 8 * np.finfo(dtype).eps / TOLERANCE[dtype]
        assert difference(component, got, expected, least=least, dtype=dtype) <= TOLERANCE[dtype]


class Drawn:
    """Predictions and targets of one shape, drawn at random."""

    def __init__(self, shape: tuple[int, ...], size: float, dtype: str, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.z = (rng.normal(size=shape) * size).astype(dtype)
        self.p = rng.uniform(0.02, 0.98, shape).astype(dtype)
        self.rows = self._rows(rng, shape).astype(dtype)
        self.other_rows = self._rows(rng, shape)
        self.numbers = rng.normal(size=shape) * size
        self.yes = rng.integers(0, 2, shape).astype("float64")
        self.q = rng.uniform(size=shape)
        self.labels = rng.integers(0, shape[-1], shape[:-1])
        self.one_hot = np.eye(shape[-1])[self.labels]

    def _rows(self, rng: np.random.Generator, shape: tuple[int, ...]) -> gn.Array:
        positive = rng.uniform(0.02, 1, shape)
        rows: gn.Array = positive / positive.sum(axis=-1, keepdims=True)
        return rows


drawn = st.builds(Drawn, any_shape, sizes, dtypes, seeds)
drawn_classes = st.builds(Drawn, several, sizes, dtypes, seeds)


@EXAMPLES
@given(data=drawn, seed=seeds)
def test_mean_squared_error(data: Drawn, seed: int) -> None:
    compare("mse", "", data.z, data.numbers, lambda z, t: over_outputs(F.mse_loss(z, t, reduction="none")), seed)


@EXAMPLES
@given(data=drawn, seed=seeds)
def test_mean_absolute_error(data: Drawn, seed: int) -> None:
    compare("mae", "", data.z, data.numbers, lambda z, t: over_outputs(F.l1_loss(z, t, reduction="none")), seed)


@EXAMPLES
@given(data=drawn, seed=seeds, delta=st.floats(0.05, 5))
def test_huber(data: Drawn, seed: int, delta: float) -> None:
    def each_of(z: Any, t: Any) -> Any:
        return over_outputs(F.huber_loss(z, t, reduction="none", delta=delta))

    compare(f"huber({delta})", "", data.z, data.numbers, each_of, seed)


@EXAMPLES
@given(data=drawn, seed=seeds, soft=st.booleans(), form=st.sampled_from(["probabilities", "logits", "fused"]))
def test_binary_crossentropy(data: Drawn, seed: int, soft: bool, form: str) -> None:
    def of_logits(z: Any, t: Any) -> Any:
        return over_outputs(F.binary_cross_entropy_with_logits(z, t, reduction="none"))

    def of_probabilities(p: Any, t: Any) -> Any:
        return over_outputs(F.binary_cross_entropy(p, t, reduction="none"))

    y_true = data.q if soft else data.yes
    if form == "probabilities":
        compare("bce", "", data.p, y_true, of_probabilities, seed)
    elif form == "logits":
        compare("bce(from_logits=True)", "", data.z, y_true, of_logits, seed)
    else:
        compare("bce", "sigmoid", data.z, y_true, of_logits, seed)


@EXAMPLES
@given(
    data=drawn_classes,
    seed=seeds,
    targets=st.sampled_from(["labels", "one_hot", "other_rows"]),
    smoothing=fractions,
    form=st.sampled_from(["probabilities", "logits", "fused"]),
)
def test_categorical_crossentropy(data: Drawn, seed: int, targets: str, smoothing: float, form: str) -> None:
    def of_logits(z: Any, t: Any) -> Any:
        t = t.reshape(-1) if targets == "labels" else flat(t)
        cost = F.cross_entropy(flat(z), t, reduction="none", label_smoothing=smoothing)
        return over_steps(cost, len(z))

    y_true = getattr(data, targets)
    spec = f"cce(label_smoothing={smoothing}, from_logits={form == 'logits'})"
    if form == "probabilities":
        # PyTorch has it for logits alone: the logarithm of the rows, whose gradient is divided by them.
        compare(spec, "", data.rows, y_true, lambda p, t: of_rows(p, t, targets, smoothing), seed)
    else:
        compare(spec, "softmax" if form == "fused" else "", data.z, y_true, of_logits, seed)


def of_rows(p: Any, t: Any, targets: str, smoothing: float) -> Any:
    classes = p.shape[-1]
    t = F.one_hot(t, classes).to(p.dtype) if targets == "labels" else t
    t = (1 - smoothing) * t + smoothing / classes
    return over_steps(-(t * torch.log(p)).sum(dim=-1), len(p))


@EXAMPLES
@given(data=drawn_classes, seed=seeds, hard=st.booleans(), form=st.sampled_from(["probabilities", "logits", "fused"]))
def test_kl_divergence(data: Drawn, seed: int, hard: bool, form: str) -> None:
    def of_log_p(log_p: Any, t: Any) -> Any:
        return over_steps(F.kl_div(log_p, t, reduction="none").sum(dim=-1), len(log_p))

    y_true = data.one_hot if hard else data.other_rows
    if form == "probabilities":
        compare("kl_divergence", "", data.rows, y_true, lambda p, t: of_log_p(torch.log(p), t), seed)
    else:
        spec, last = ("kl_divergence", "softmax") if form == "fused" else ("kl_divergence(from_logits=True)", "")
        compare(spec, last, data.z, y_true, lambda z, t: of_log_p(F.log_softmax(z, dim=-1), t), seed)


@EXAMPLES
@given(data=drawn_classes, seed=seeds)
def test_negative_log_likelihood_of_log_softmax(data: Drawn, seed: int) -> None:
    def each_of(z: Any, t: Any) -> Any:
        cost = F.nll_loss(F.log_softmax(flat(z), dim=-1), t.reshape(-1), reduction="none")
        return over_steps(cost, len(z))

    compare("cce(from_logits=True)", "log_softmax", data.z, data.labels, each_of, seed)


@EXAMPLES
@given(data=drawn_classes, seed=seeds, one_hot=st.booleans())
def test_hinge_of_classes(data: Drawn, seed: int, one_hot: bool) -> None:
    def each_of(z: Any, t: Any) -> Any:
        labels = torch.from_numpy(data.labels).reshape(-1)
        return over_steps(F.multi_margin_loss(flat(z), labels, reduction="none"), len(z))

    compare("hinge", "", data.z, data.one_hot if one_hot else data.labels, each_of, seed)


@EXAMPLES
@given(data=drawn, seed=seeds, signs=st.booleans())
def test_hinge_of_answers(data: Drawn, seed: int, signs: bool) -> None:
    y_true = 2 * data.yes - 1

    def each_of(z: Any, t: Any) -> Any:
        # Written out: what PyTorch calls hinge embedding loss is another function.
        return over_outputs(F.relu(1 - torch.from_numpy(y_true).to(z.dtype) * z))

    compare("hinge(independent=True)", "", data.z, y_true if signs else data.yes, each_of, seed)


@EXAMPLES
@given(
    data=drawn,
    seed=seeds,
    gamma=st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]),
    alpha=st.floats(0.05, 0.95),
    form=st.sampled_from(["probabilities", "logits", "fused"]),
)
def test_focal_of_answers(data: Drawn, seed: int, gamma: float, alpha: float, form: str) -> None:
    def each_of(y: Any, t: Any) -> Any:
        # As torchvision's sigmoid_focal_loss, which need not be installed.
        p = y if form == "probabilities" else torch.sigmoid(y)
        cost = (
            F.binary_cross_entropy(p, t, reduction="none")
            if form == "probabilities"
            else F.binary_cross_entropy_with_logits(y, t, reduction="none")
        )
        p_true = p * t + (1 - p) * (1 - t)
        return over_outputs((alpha * t + (1 - alpha) * (1 - t)) * (1 - p_true) ** gamma * cost)

    spec = f"focal({gamma}, {alpha}, independent=True, from_logits={form == 'logits'})"
    # Beyond, 1 - p is 0 and autograd's power has no derivative there.
    z = np.clip(data.z, -12, 12)
    y_pred = data.p if form == "probabilities" else z
    compare(spec, "sigmoid" if form == "fused" else "", y_pred, data.yes, each_of, seed)


@EXAMPLES
@given(
    data=drawn_classes,
    seed=seeds,
    gamma=st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]),
    alpha=st.floats(0.05, 0.95),
    form=st.sampled_from(["probabilities", "logits", "fused"]),
)
def test_focal_of_classes(data: Drawn, seed: int, gamma: float, alpha: float, form: str) -> None:
    def each_of(y: Any, t: Any) -> Any:
        log_p = torch.log(y) if form == "probabilities" else F.log_softmax(y, dim=-1)
        cost = F.nll_loss(flat(log_p), t.reshape(-1), reduction="none")
        return over_steps(alpha * (1 - torch.exp(-cost)) ** gamma * cost, len(y))

    spec = f"focal({gamma}, {alpha}, from_logits={form == 'logits'})"
    # Beyond, 1 - p is 0 and autograd's power has no derivative there.
    y_pred = data.rows if form == "probabilities" else np.clip(data.z, -5, 5)
    compare(spec, "softmax" if form == "fused" else "", y_pred, data.labels, each_of, seed)
