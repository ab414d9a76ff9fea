"""Networks that PyTorch and Keras exported, as networks: the same answers as theirs, and all that networks can do.

`make_exports.py` wrote the files and the answers.
"""

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn

FOLDER = Path(__file__).parent / "exports"
VALUES = np.load(FOLDER / "values.npz")
LAYERS = {
    "keras_gru": "gru(5) dense(3)",
    "keras_images": "conv2d(4, 3, padding=1) relu batch_norm max_pool2d(stride=2) flatten dense(3)",
    "keras_lstm": "lstm(5) dense(3)",
    "keras_lstm_all": "lstm(5, return_sequences=True) dense(3)",
    "keras_pooled": (
        "conv2d(4, 3, stride=2, padding=1) silu conv2d(4, 1) avg_pool2d(stride=2) global_avg_pool2d dense(3)"
    ),
    "keras_rows": "dense(8) relu batch_norm dense(8) gelu dense(3) softmax",
    "keras_words": "embedding(9, 4) lstm(5) dense(3)",
    "torch_gru": "gru(5) dense(3)",
    "torch_gru_all": "gru(5, return_sequences=True) dense(3)",
    "torch_gru_state": "gru(5) dense(3)",
    "torch_images": "conv2d(4, 3, padding=1) relu max_pool2d(stride=2) flatten dense(3)",
    "torch_lstm": "lstm(5) dense(3)",
    "torch_lstm_all": "lstm(5, return_sequences=True) dense(3)",
    "torch_lstm_state": "lstm(5) dense(3)",
    "torch_lstm_two": "lstm(5, return_sequences=True) lstm(5) dense(3)",
    "torch_pooled": "conv2d(4, 3, stride=2) silu conv2d(4, 1, groups=2) global_avg_pool2d dense(3)",
    "torch_rows": "dense(8) gelu dense(8) layer_norm prelu dense(2) log_softmax",
    "torch_smooth": "dense(8) silu dense(8) mish selu softplus gelu(approximate='tanh')",
    "torch_words": "embedding(9, 4) lstm(5) dense(3)",
}
REFUSED = {
    "torch_attention": "node 5, 'node_unsqueeze', is a Unsqueeze",
    "torch_lstm_both_ways": r"node 6, 'node_lstm__2', is a LSTM, .* \(it runs backward or in both directions\)",
}


def samples(name):
    """Return the samples as glassnet takes them: PyTorch's images have channels first."""
    x = VALUES[f"{name}.x"]
    return x.transpose(0, 2, 3, 1) if name.startswith("torch") and x.ndim == 4 else x


@pytest.mark.parametrize("name", LAYERS)
def test_an_imported_network_answers_as_its_framework_does(name):
    net = gn.load(FOLDER / f"{name}.onnx")
    assert " ".join(map(repr, net.layers)) == LAYERS[name]
    expected = VALUES[f"{name}.y"]
    np.testing.assert_allclose(net.predict(samples(name)), expected, rtol=0, atol=1e-6 * np.abs(expected).max())
    one = net.predict(samples(name)[:1])
    np.testing.assert_allclose(one, expected[:1], rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize(("name", "told"), REFUSED.items())
def test_what_no_layer_computes_is_refused_by_name_and_place(name, told):
    with pytest.raises(gn.ModelFileError, match=told):
        gn.load(FOLDER / f"{name}.onnx")


def test_every_export_is_tested():
    assert {path.stem for path in FOLDER.glob("*.onnx")} == LAYERS.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", ["keras_gru", "keras_images", "torch_words", "torch_pooled"])
def test_an_imported_network_is_trained_explained_and_diagnosed(name, tmp_path):
    net, x = gn.load(FOLDER / f"{name}.onnx"), samples(name)
    y = np.arange(len(x)) % 3
    loss = "categorical_crossentropy(from_logits=True)"
    before = net.evaluate(x, y, loss=loss)["loss"]
    logits = VALUES[f"{name}.y"].astype(np.float64)
    by_hand = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(y)), y]
    assert before == pytest.approx(by_hand.mean(), rel=1e-5)
    if "batch_norm" not in LAYERS[name]:  # which computes otherwise in a step of training
        explained = str(gn.explain(net, x[:2], y[:2], loss=loss, optimizer="sgd(lr=0.1)"))
        assert float(explained.split()[1]) == pytest.approx(by_hand[:2].mean(), rel=1e-4)
    assert isinstance(net.diagnose(gn.Split(x, y), loss=loss), list)
    history = net.fit(x, y, loss=loss, optimizer="adam(lr=0.01)", epochs=20)
    assert history["loss"][-1] < before
    net.save(tmp_path / "again.onnx")
    assert gn.load(tmp_path / "again.onnx").predict(x).tobytes() == net.predict(x).tobytes()


def test_a_norm_that_keras_folded_has_the_same_factors():
    """Keras exports (x - mean) * (gamma / deviation) + beta: the norm keeps the factor and the sum."""
    net = gn.load(FOLDER / "keras_rows.onnx")
    assert np.allclose(net.state["2"]["running_variance"] + 1e-5, 1)
    assert not np.allclose(net.parameters["2.scale"], 1)
