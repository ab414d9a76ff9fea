"""Networks as modules of PyTorch and back: both compute the same, and arrays have the names of their places."""

import numpy as np
import pytest

import glassnet as gn

torch = pytest.importorskip("torch", reason="only the extra bench has PyTorch")
nn = torch.nn

SHAPES = {"row": (7,), "image": (8, 7, 4), "sequence": (6, 4), "words": (5,)}
NETWORKS = [
    ("row", "dense(5) relu dense(3, bias=False) softmax"),
    ("row", "dense(6) elu(alpha=0.7) dense(6) selu dense(6) leaky_relu(0.2) log_softmax"),
    ("row", "dense(6) gelu dense(6) gelu(approximate='tanh') dense(6) mish dense(6) silu dense(2) tanh"),
    ("row", "dense(6) softplus(beta=3) prelu dense(1) sigmoid"),
    ("row", "batch_norm dense(4) layer_norm dropout(0.5) gaussian_noise residual([dense(4), tanh]) linear"),
    ("row", "concat([dense(3), linear, sequential([dense(2), relu])]) reshape([3, 4]) prelu flatten dense(2)"),
    ("image", "conv2d(4, 3) batch_norm relu max_pool2d flatten batch_norm dense(18) dense(18) softmax"),
    ("image", "conv2d(4, [3, 2], stride=2, padding='same', groups=2) avg_pool2d([2, 3], padding='same') flatten"),
    (
        "image",
        "conv2d(3, 2, padding=1, dilation=2) layer_norm max_pool2d(3, stride=2, padding='same') global_avg_pool2d",
    ),
    (
        "image",
        "residual([conv2d(4, 3, padding='same')]) concat([conv2d(2, 1), linear]) prelu flatten layer_norm dense(2)",
    ),
    ("image", "avg_pool2d(3, stride=2, padding=1) softmax conv2d(2, 1)"),
    ("image", "reshape([8, 28]) batch_norm lstm(3)"),
    ("sequence", "lstm(3, return_sequences=True) gru(4) dense(2)"),
    ("sequence", "gru(3, return_sequences=True) layer_norm dense(2) softmax"),
    ("sequence", "self_attention(2, causal=True) residual([self_attention(heads=4, bias=False)]) flatten dense(2)"),
    ("words", "embedding(9, 4, padding=0) lstm(3) dense(2)"),
]


def built(kind, layers):
    """Return a float64 network whose arrays are not those of the start."""
    net, rng = gn.Network(layers).build(SHAPES[kind], dtype="float64"), np.random.default_rng(0)
    net.flat_parameters += 0.2 * rng.standard_normal(net.flat_parameters.size)
    for state in net.state.values():
        if "running_mean" in state:
            state["running_mean"][...] = rng.normal(size=state["running_mean"].shape)
            state["running_variance"][...] = rng.uniform(0.5, 2, state["running_variance"].shape)
    return net


def samples(kind):
    rng = np.random.default_rng(1)
    shape = (6, *SHAPES[kind])
    return rng.integers(0, 9, shape) if kind == "words" else rng.standard_normal(shape)


def outputs_of(module, x):
    given = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1) if x.ndim == 4 else x))
    outputs = module(given).detach().numpy()
    return np.moveaxis(outputs, 1, -1) if outputs.ndim == 4 else outputs


@pytest.mark.parametrize(("kind", "layers"), NETWORKS)
def test_modules_compute_the_same_and_come_back(kind, layers):
    net, x = built(kind, layers), samples(kind)
    module = net.to_torch()
    np.testing.assert_allclose(outputs_of(module, x), net.predict(x), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(gn.from_torch(module, SHAPES[kind]).predict(x), net.predict(x), rtol=1e-9, atol=1e-9)


def test_arrays_have_the_names_of_their_places_and_are_copies():
    net = built("row", "dense(3) batch_norm residual([dense(3)]) dense(2)")
    state = net.to_torch().state_dict()
    assert [name for name in state if name.endswith("weight")] == ["0.weight", "1.weight", "2.0.weight", "3.weight"]
    np.testing.assert_array_equal(state["2.0.weight"].numpy(), net.parameters["2.0.weights"].T)
    state["0.weight"][...] = 0
    assert net.parameters["0.weights"].any()


def test_modules_of_a_float32_network_are_float32():
    module = gn.Network("dense(3) lstm(2)").build((4, 2)).to_torch()
    assert {tensor.dtype for tensor in module.state_dict().values()} == {torch.float32}
    assert not module.training


class Classifier(nn.Module):
    def __init__(self, take):
        super().__init__()
        self.embedding, self.lstm, self.out = nn.Embedding(9, 4), nn.LSTM(4, 5, batch_first=True), nn.Linear(5, 2)
        self.take = take

    def forward(self, x):
        y, (h, _) = self.lstm(self.embedding(x))
        return torch.softmax(self.out(h[-1] if self.take == "h" else torch.relu(y[:, -1])), dim=-1)


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.out = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Linear(64, 5)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.norm(self.conv(x))), 2)
        return self.out(torch.flatten(x, 1))


@pytest.mark.parametrize(
    ("module", "shape", "layers"),
    [
        (
            nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 2))),
            None,
            ["dense(3)", "tanh", "dense(2)"],
        ),
        (Classifier("h"), (6,), ["embedding(9, 4)", "lstm(5)", "dense(2)", "softmax"]),
        (Classifier("y"), (6,), ["embedding(9, 4)", "lstm(5)", "relu", "dense(2)", "softmax"]),
        (nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.BatchNorm1d(12), nn.Linear(12, 12)), (4, 4, 2), None),
        (Pictures(), (8, 8, 3), None),
    ],
)
def test_modules_of_others_become_networks(module, shape, layers):
    module = module.double().train()
    net = gn.from_torch(module, shape)
    assert module.training
    assert layers is None or [repr(layer) for layer in net.layers] == layers
    rng, sample = np.random.default_rng(0), (6, *net.input_shape)
    x = rng.integers(0, 9, sample) if net.integer_input else rng.standard_normal(sample)
    np.testing.assert_allclose(net.predict(x), outputs_of(module.eval(), x), rtol=1e-9, atol=1e-9)
    assert net.dtype == np.float64


class Skipping(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        return x + self.linear(x)


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (Skipping(), 3, "'add' in the forward of Skipping is not a call on the result of the one before"),
        (
            nn.Sequential(nn.Linear(3, 3), nn.Softmax(dim=0)),
            3,
            "computes something else than the layers that were read",
        ),
        (nn.Sequential(nn.Conv1d(2, 3, 1)), (3, 2), "Sequential.0 is a Conv1d, which has no counterpart"),
        (nn.Sequential(nn.AvgPool2d(3, padding=1)), (6, 6, 2), "whose added pixels count"),
        (nn.LSTM(3, 2, bidirectional=True), (4, 3), "not one layer with batch_first=True"),
        (Pictures(), None, "give input_shape, as in"),
        (nn.Linear(3, 2).state_dict(), None, "takes a torch.nn.Module, got OrderedDict"),
    ],
)
def test_what_has_no_counterpart_is_named(module, shape, message):
    with pytest.raises(gn.OptionError, match=message):
        gn.from_torch(module, shape)


def test_a_shape_with_channels_first_is_explained():
    with pytest.raises(gn.ShapeError, match=r"do not fit samples of shape \(3, 8, 8\) .* with channels last"):
        gn.from_torch(Pictures(), (3, 8, 8))


@pytest.mark.parametrize("layers", ["masking lstm(2, mask=True)", "self_attention(mask=True)"])
def test_layers_that_skip_padding_are_named(layers):
    with pytest.raises(gn.OptionError, match="skips padded steps, which PyTorch's module of one input cannot"):
        gn.Network(layers).build((4, 3)).to_torch()
