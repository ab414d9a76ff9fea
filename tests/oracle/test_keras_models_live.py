"""Networks as models of Keras and back: both compute the same, by Keras' backend for PyTorch."""

import os

import numpy as np
import pytest

import glassnet as gn

torch = pytest.importorskip("torch", reason="only the extra bench has PyTorch")
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras", reason="only the extra bench has Keras")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

SHAPES = {"row": (7,), "image": (8, 7, 4), "sequence": (6, 4), "words": (5,)}
IN_A_ROW = [
    ("row", "dense(5) relu dense(3, bias=False) softmax"),
    ("row", "dense(6) elu(alpha=0.7) dense(6) selu dense(6) leaky_relu(0.2) log_softmax"),
    ("row", "dense(6) gelu dense(6) gelu(approximate='tanh') dense(6) mish dense(6) silu softplus dense(2) tanh"),
    ("row", "batch_norm dense(4) prelu layer_norm dropout(0.5) gaussian_noise dense(1) sigmoid linear"),
    ("image", "conv2d(4, 3) batch_norm relu max_pool2d flatten dense(3) softmax"),
    ("image", "conv2d(4, [3, 2], stride=2, padding='same', groups=2) prelu global_avg_pool2d"),
    ("image", "conv2d(3, 2, padding=1, dilation=2, bias=False) avg_pool2d layer_norm reshape([3, -1]) flatten"),
    ("sequence", "lstm(3, return_sequences=True) gru(4) dense(2)"),
    ("sequence", "gru(3, return_sequences=True) self_attention(3, causal=True) self_attention(bias=False) flatten"),
    ("words", "embedding(9, 4, padding=0) lstm(3) dense(2)"),
]
BRANCHES = [
    ("row", "dense(4) residual([dense(4), tanh]) concat([linear, sequential([dense(2), relu])]) dense(2)"),
    ("image", "residual([conv2d(4, 3, padding='same')]) concat([conv2d(2, 1), linear]) flatten dense(2)"),
]


def built(kind, layers):
    net, rng = gn.Network(layers).build(SHAPES[kind]), np.random.default_rng(0)
    net.flat_parameters += 0.2 * rng.standard_normal(net.flat_parameters.size).astype(np.float32)
    for state in net.state.values():
        state["running_mean"][...] = rng.normal(size=state["running_mean"].shape)
        state["running_variance"][...] = rng.uniform(0.5, 2, state["running_variance"].shape)
    return net


def samples(kind):
    rng = np.random.default_rng(1)
    shape = (6, *SHAPES[kind])
    return rng.integers(0, 9, shape) if kind == "words" else rng.standard_normal(shape).astype(np.float32)


def assert_close(found, expected):
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-6 * max(1, np.abs(expected).max())


@pytest.mark.parametrize(("kind", "layers"), [*IN_A_ROW, *BRANCHES])
def test_models_compute_the_same_and_come_back(kind, layers):
    net, x = built(kind, layers), samples(kind)
    model = net.to_keras()
    assert_close(model.predict(x, verbose=0), net.predict(x))
    if (kind, layers) in IN_A_ROW:
        assert_close(gn.from_keras(model).predict(x), net.predict(x))
    else:
        with pytest.raises(gn.OptionError, match=r"is a (Add|Concatenate), which has no counterpart"):
            gn.from_keras(model)


def test_layers_have_the_names_of_their_places():
    net = built("row", "dense(3) tanh residual([dense(3)])")
    model = net.to_keras()
    np.testing.assert_array_equal(model.get_layer("layer_2_0").get_weights()[0], net.parameters["2.0.weights"])


def test_models_of_others_become_networks():
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    net, x = gn.from_keras(model), np.random.default_rng(0).standard_normal((5, 8, 8, 3)).astype(np.float32)
    assert [layer.title() for layer in net.layers[:3]] == ["conv2d", "relu", "batch_norm"]
    assert_close(net.predict(x), model.predict(x, verbose=0))


def test_what_has_no_counterpart_is_named():
    layers = keras.layers
    cases = {
        "is a Bidirectional": [keras.Input((5, 2)), layers.Bidirectional(layers.LSTM(3))],
        "with the activation 'hard_sigmoid'": [keras.Input((3,)), layers.Dense(2, activation="hard_sigmoid")],
        "with mask_zero=True": [keras.Input((5,)), layers.Embedding(9, 2, mask_zero=True)],
        "computes something else": [keras.Input((4, 3)), layers.Softmax(axis=1)],
        "samples of any length": [keras.Input((None, 3)), layers.LSTM(2)],
        "that is built": [layers.Dense(2)],
    }
    for message, parts in cases.items():
        with pytest.raises(gn.OptionError, match=message):
            gn.from_keras(keras.Sequential(parts))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("masking lstm(2, mask=True)", "layer 1, lstm"),
        ("dense(2) softplus(3)", "but for beta=1"),
        ("reshape([4, 3, 1]) max_pool2d(3, padding=1)", "which pads by a number"),
    ],
)
def test_layers_without_counterpart_are_named(layers, message):
    with pytest.raises(gn.OptionError, match=message):
        gn.Network(layers).build((4, 3)).to_keras()


def test_networks_of_bytes_take_numbers_from_0_to_1():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (20, 4, 4, 1), dtype=np.uint8), rng.integers(0, 2, 20)
    net = gn.Network("flatten dense(2) softmax")
    net.fit(x, y, loss="cce", optimizer="sgd", progress=False)
    scaled = x.astype(np.float32) / 255
    assert_close(net.to_keras().predict(scaled, verbose=0), net.predict(x))
    as_torch = torch.from_numpy(np.moveaxis(scaled, -1, 1).copy())
    assert_close(net.to_torch()(as_torch).detach().numpy(), net.predict(x))


def test_a_network_without_parameters_is_told():
    with pytest.raises(gn.NotBuiltError, match="no parameters yet"):
        gn.Network("dense(2)").to_keras()
