"""Networks written as ONNX, run by onnxruntime."""

import json
import re

import numpy as np
import onnx
import pytest

import glassnet as gn
from glassnet.registry.plugins import plugins
from glassnet.registry.registry import registry
from glassnet_onnx.export import digest_of
from tests.plugins.onnx.networks import NETWORKS, built, drawn, samples


@pytest.mark.parametrize(("kind", "layers"), NETWORKS)
def test_onnxruntime_gives_the_same_answers(kind, layers, answers, tmp_path):
    net, path = built(kind, layers), tmp_path / "m.onnx"
    net.save(path)
    onnx.checker.check_model(str(path), full_check=True)
    for count in (1, 33):
        compare(net, answers(path, samples(kind, count)), samples(kind, count))


def compare(net, got, x):
    """Compare answers with those in float64.

    Where float32 is less exact than 1e-6, as in the norm of nearly equal numbers, another order of sums is so, too.
    """
    expected = net.copy("float64").predict(x)
    rounding = np.abs(net.predict(x) - expected).max()
    assert np.abs(got - expected).max() <= max(1e-6 * max(1, np.abs(expected).max()), 10 * rounding)


@pytest.mark.parametrize(("kind", "layers"), NETWORKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_file_of_ours_is_read_without_loss(kind, layers, dtype, tmp_path):
    net, path = built(kind, layers).copy(dtype), tmp_path / "m.onnx"
    if dtype == "float64":
        net.flat_parameters += np.linspace(0, 1e-9, net.flat_parameters.size)
    net.save(path)
    again = gn.load(path)
    x = samples(kind, 4)
    assert repr(again) == repr(net)
    assert again.dtype == net.dtype
    assert again.predict(x).tobytes() == net.predict(x).tobytes()
    for name, array in net.state.items():
        assert {key: each.tolist() for key, each in array.items()} == {
            key: each.tolist() for key, each in again.state[name].items()
        }


@pytest.mark.parametrize("opset", [20, 22, 23])
def test_other_versions_of_the_operators_give_the_same_answers(opset, answers, tmp_path):
    path = tmp_path / "m.onnx"
    for kind, layers in NETWORKS:
        net = built(kind, layers)
        gn.create("format", f"onnx(opset={opset})").save(net, path)
        assert onnx.load(path).opset_import[0].version == opset
        compare(net, answers(path, samples(kind, 33)), samples(kind, 33))


def test_every_layer_and_activation_is_among_the_networks():
    tried = " ".join(layers for _, layers in NETWORKS)
    for kind in ("layer", "activation"):
        for name in (entry.name for entry in registry.entries(kind) if entry.is_own):
            assert re.search(rf"\b{name}\b", tried), name


@pytest.mark.parametrize("seed", range(8))
def test_drawn_networks_give_the_same_answers(seed, answers, tmp_path):
    rng = np.random.default_rng(seed)
    for number in range(25):
        kind, layers = drawn(rng)
        net, path = built(kind, layers, seed=number), tmp_path / "m.onnx"
        net.save(path)
        for count in (1, 33):
            compare(net, answers(path, samples(kind, count)), samples(kind, count))


def test_pixels_are_scaled_in_the_file_as_in_training(answers, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (20, 4, 4, 1), np.uint8), rng.integers(0, 2, 20)
    net = gn.Network("flatten dense(2) softmax")
    net.fit(x, y, loss="cce", optimizer="adam")
    net.save(tmp_path / "m.onnx")
    assert np.abs(answers(tmp_path / "m.onnx", x) - net.predict(x)).max() < 1e-6
    assert gn.load(tmp_path / "m.onnx").predict(x).tobytes() == net.predict(x).tobytes()


def test_neighbouring_images_are_turned_once(tmp_path):
    """Channels go first before the first convolution, and last before flatten."""
    net = built("image", "conv2d(4, 2) relu conv2d(3, 2) batch_norm max_pool2d flatten dense(2)")
    net.save(tmp_path / "m.onnx")
    operators = [node.op_type for node in onnx.load(tmp_path / "m.onnx").graph.node]
    assert operators.count("Transpose") == 2


@pytest.mark.parametrize("layers", ["lstm(3, mask=True)", "gru(3, mask=True)", "self_attention(2, mask=True)"])
def test_a_layer_that_skips_padding_is_refused_by_name(layers, tmp_path):
    net = gn.Network(["embedding(9, 4, padding=0)", layers]).build(5)
    with pytest.raises(gn.OptionError, match=r"layer 1, .*, skips padded steps .* ONNX cannot express"):
        net.save(tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


class Halve(gn.Layer):
    """Halves its input. Source: none."""

    formula = "y = x / 2"

    def output_shape(self, shape):
        return shape

    def forward(self, params, x, ctx):
        return x / 2, None

    def backward(self, params, cache, dy, grads, ctx):
        return dy / 2


def test_a_layer_without_a_rule_is_refused_by_name(tmp_path):
    with gn.registered("layer", "halve", Halve), pytest.raises(gn.OptionError, match="no rule is known for halve"):
        gn.Network("halve").build(3).save(tmp_path / "m.onnx")


class HalveInOnnx:
    """A plugin that brings the rule."""

    @gn.hookimpl
    def glassnet_onnx(self, layer, graph, x, arrays):
        if isinstance(layer, Halve):
            return graph.elementwise("Mul", x, graph.number(np.float32(0.5)))
        return None


def test_a_plugin_brings_the_rule_of_its_layer(answers, tmp_path):
    plugin = HalveInOnnx()
    plugins.register(plugin)
    try:
        with gn.registered("layer", "halve", Halve):
            net = gn.Network("halve dense(2)").build(3)
            net.save(tmp_path / "m.onnx")
            x = np.ones((2, 3), np.float32)
            assert np.abs(answers(tmp_path / "m.onnx", x) - net.predict(x)).max() < 1e-6
    finally:
        plugins.unregister(plugin)


def test_layers_that_share_parameters_share_them_again(answers, tmp_path):
    shared = gn.layers.dense(4)
    net = gn.Network([shared, "tanh", shared]).build(4, seed=3)
    net.save(tmp_path / "m.onnx")
    again = gn.load(tmp_path / "m.onnx")
    assert list(again.parameters) == ["0.weights", "0.bias"]
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    assert again.predict(x).tobytes() == net.predict(x).tobytes()
    assert np.abs(answers(tmp_path / "m.onnx", x) - net.predict(x)).max() < 1e-6


def test_a_change_beside_the_graph_is_told(tmp_path):
    path = tmp_path / "m.onnx"
    built("row", "batch_norm dense(2)").save(path)
    content = path.read_bytes()
    assert content.count(b'"running_mean": [') == 1
    place = content.index(b'"running_mean": [') + len(b'"running_mean": [')
    digit = next(place + number for number, each in enumerate(content[place:]) if chr(each) in "12345678")
    path.write_bytes(content[:digit] + bytes([content[digit] ^ 1]) + content[digit + 1 :])
    with pytest.raises(gn.ModelFileError, match="is damaged: its contents do not match its digest"):
        gn.load(path)


def test_a_flipped_bit_is_told(tmp_path):
    path = tmp_path / "m.onnx"
    built("row", "dense(4) relu dense(2)").save(path)
    content = bytearray(path.read_bytes())
    place = bytes(content).find(onnx.numpy_helper.to_array(onnx.load(path).graph.initializer[0]).tobytes())
    content[place] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(gn.ModelFileError, match="is damaged: its contents do not match its digest"):
        gn.load(path)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x07"])
def test_a_file_that_is_no_model_is_told(tmp_path, content):
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(gn.ModelFileError, match="is damaged or no ONNX file"):
        gn.load(tmp_path / "m.onnx")


def test_layers_that_the_file_has_no_numbers_for_are_told(tmp_path):
    """A file of a few hundred bytes must not take gigabytes before it is refused."""
    path = tmp_path / "m.onnx"
    built("row", "dense(2)").save(path)
    model = onnx.load(path)
    (text,) = model.metadata_props
    described = json.loads(text.value.replace('"dense(2)"', '"dense(30000)", "dense(30000)"'))
    described["digest"] = digest_of(model, described)
    text.value = json.dumps(described)
    onnx.save(model, path)
    with pytest.raises(gn.ModelFileError, match="its layers have more parameters than it holds"):
        gn.load(path)


@pytest.mark.parametrize("ending", ["onnx", "py", "h", "js", "safetensors"])
def test_a_network_without_parameters_is_told_in_each_format(ending, tmp_path):
    with pytest.raises(gn.NotBuiltError, match=r"no parameters yet; call build\(input_shape\) or fit\(\) first"):
        gn.Network("dense(2)").save(tmp_path / f"model.{ending}")
    assert not list(tmp_path.iterdir())
