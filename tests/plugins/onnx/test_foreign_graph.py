"""Graphs that are written by hand or by PyTorch, as networks."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import glassnet as gn


def write(path, nodes, constants, shape, kind=TensorProto.FLOAT):
    """Write a graph of one input x and one output y."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", kind, ["batch", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", None])],
        initializer=[numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_products_and_sums_are_dense_layers(answers, tmp_path):
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("Add", ["a", "b"], ["c"]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("Gemm", ["d", "v", "u"], ["e"], transB=1),
        helper.make_node("Softmax", ["e"], ["y"], axis=1),
    ]
    constants = {"w": numbers(3, 5), "b": numbers(5), "v": numbers(2, 5), "u": numbers(2)}
    write(tmp_path / "m.onnx", nodes, constants, (3,))
    net = gn.load(tmp_path / "m.onnx")
    assert repr(net) == "Network(['dense(5)', 'relu', 'dense(2)', 'softmax'])"
    x = numbers(7, 3, seed=1)
    assert np.abs(net.predict(x) - answers(tmp_path / "m.onnx", x)).max() < 1e-6


def test_rows_behind_flatten_change_with_the_layout(answers, tmp_path):
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("MaxPool", ["a"], ["c"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["c"], ["d"]),
        helper.make_node("Gemm", ["d", "v", "u"], ["y"]),
    ]
    constants = {"w": numbers(4, 2, 3, 3), "b": numbers(4), "v": numbers(4 * 3 * 2, 5), "u": numbers(5)}
    write(tmp_path / "m.onnx", nodes, constants, (2, 6, 4))
    net = gn.load(tmp_path / "m.onnx")
    x = numbers(3, 6, 4, 2, seed=1)
    got = answers(tmp_path / "m.onnx", x.transpose(0, 3, 1, 2))
    assert np.abs(net.predict(x) - got).max() < 1e-5 * np.abs(got).max()


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (helper.make_node("Erf", ["x"], ["y"], name="middle"), "node 'middle' is a Erf, which no layer of glassnet"),
        (helper.make_node("Softmax", ["x"], ["y"], axis=0), "its axis is 0, and glassnet's is the last"),
        (helper.make_node("Add", ["x", "x"], ["y"]), "is a Add, which no layer"),
    ],
)
def test_a_node_without_a_layer_is_named(tmp_path, node, told):
    write(tmp_path / "m.onnx", [node], {}, (3,))
    with pytest.raises(gn.ModelFileError, match=told):
        gn.load(tmp_path / "m.onnx")


def exported(module, x, path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    batch = torch.export.Dim("batch")
    torch.onnx.export(
        module.eval(), (torch.from_numpy(x),), path, dynamo=True, external_data=False, dynamic_shapes=({0: batch},)
    )


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_pytorchs_convolutions_are_imported(tmp_path):
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24, 3)
    )
    module[1].running_mean += 0.3
    x = numbers(5, 2, 6, 4)
    exported(module, x, tmp_path / "m.onnx")
    net = gn.load(tmp_path / "m.onnx")
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy()
    assert np.abs(net.predict(x.transpose(0, 2, 3, 1)) - expected).max() < 1e-5
    history = net.fit(
        x.transpose(0, 2, 3, 1), np.arange(5) % 3, loss="cce(from_logits=True)", optimizer="adam", epochs=3
    )
    assert history["loss"][-1] < history["loss"][0]


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_pytorchs_dense_network_is_imported(tmp_path):
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(1)
    module = nn.Sequential(
        nn.Linear(4, 8), nn.ELU(0.5), nn.Dropout(), nn.Linear(8, 8), nn.LeakyReLU(0.2), nn.Linear(8, 2)
    )
    x = numbers(5, 4)
    exported(module, x, tmp_path / "m.onnx")
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy()
    assert np.abs(gn.load(tmp_path / "m.onnx").predict(x) - expected).max() < 1e-6
