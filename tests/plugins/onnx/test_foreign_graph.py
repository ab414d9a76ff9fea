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
        (
            helper.make_node("Erf", ["x"], ["y"], name="middle"),
            "node 1, 'middle', is a Erf, which no layer of glassnet",
        ),
        (helper.make_node("Softmax", ["x"], ["y"], axis=0), "its axis is 0, and glassnet's is that of the features"),
        (helper.make_node("Add", ["x", "x"], ["y"]), "is a Add, which no layer"),
    ],
)
def test_a_node_without_a_layer_is_named(tmp_path, node, told):
    write(tmp_path / "m.onnx", [node], {}, (3,))
    with pytest.raises(gn.ModelFileError, match=told):
        gn.load(tmp_path / "m.onnx")


def test_arithmetic_on_features_is_put_into_the_layer_before_it(tmp_path):
    """y = (x w - 1) * 2 / 4 + 3, so the weights are halved and the bias is 3 - 1/2."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("Sub", ["a", "one"], ["b"]),
        helper.make_node("Mul", ["two", "b"], ["c"]),
        helper.make_node("Div", ["c", "four"], ["d"]),
        helper.make_node("Add", ["d", "three"], ["y"]),
    ]
    w = numbers(3, 2)
    vectors = {"one": np.ones(2), "two": np.full((1, 2), 2.0), "four": np.array(4.0), "three": np.full(2, 3.0)}
    constants = {name: array.astype(np.float32) for name, array in vectors.items()} | {"w": w}
    write(tmp_path / "m.onnx", nodes, constants, (3,))
    net = gn.load(tmp_path / "m.onnx")
    assert repr(net) == "Network(['dense(2)'])"
    np.testing.assert_array_equal(net.parameters["0.weights"], w / 2)
    np.testing.assert_array_equal(net.parameters["0.bias"], [2.5, 2.5])


@pytest.mark.parametrize("is_last", [True, False])
def test_channels_may_come_last_as_in_keras(answers, tmp_path, is_last):
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "w"], ["a"]),
        *([helper.make_node("Transpose", ["a"], ["u"], perm=[0, 2, 3, 1])] if is_last else []),
        helper.make_node("Flatten", ["u" if is_last else "a"], ["b"]),
        helper.make_node("Mul", ["b", "s"], ["c"]),
        helper.make_node("MatMul", ["c", "v"], ["y"]),
    ]
    constants = {"w": numbers(4, 2, 2, 2), "s": numbers(5 * 3 * 4), "v": numbers(5 * 3 * 4, 3)}
    write(tmp_path / "m.onnx", nodes, constants, (6, 4, 2))
    x = numbers(3, 6, 4, 2, seed=1)
    got = answers(tmp_path / "m.onnx", x)
    assert np.abs(gn.load(tmp_path / "m.onnx").predict(x) - got).max() < 1e-5 * np.abs(got).max()


def recurrent(operator, gates, **attributes):
    """Return the nodes of a recurrent layer, with its last output, and its constants."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        helper.make_node(operator, ["t", "w", "r", "b", "", *attributes.pop("more", [])], ["", "h"], **attributes),
        helper.make_node("Squeeze", ["h", "zero"], ["y"]),
    ]
    constants = {"w": numbers(1, gates * 3, 2), "r": numbers(1, gates * 3, 3), "b": numbers(1, 2 * gates * 3)}
    return nodes, constants | {"zero": np.array([0])}


@pytest.mark.parametrize(("operator", "gates"), [("LSTM", 4), ("GRU", 3)])
def test_gates_and_both_biases_are_put_into_our_order(answers, tmp_path, operator, gates):
    attributes = {"linear_before_reset": 1} if operator == "GRU" else {}
    nodes, constants = recurrent(operator, gates, hidden_size=3, **attributes)
    write(tmp_path / "m.onnx", nodes, constants, (5, 2))
    x = numbers(4, 5, 2, seed=1)
    got = answers(tmp_path / "m.onnx", x)
    assert np.abs(gn.load(tmp_path / "m.onnx").predict(x) - got).max() < 1e-6


@pytest.mark.parametrize(
    ("operator", "gates", "attributes", "told"),
    [
        ("GRU", 3, {}, "it resets before the product"),
        ("LSTM", 4, {"direction": "reverse"}, "it runs backward"),
        ("LSTM", 4, {"clip": 1.0}, "it has clip"),
        ("LSTM", 4, {"more": ["start"]}, "a first state that is not 0"),
    ],
)
def test_other_recurrent_layers_are_refused_with_the_reason(tmp_path, operator, gates, attributes, told):
    nodes, constants = recurrent(operator, gates, hidden_size=3, **attributes)
    write(tmp_path / "m.onnx", nodes, constants | {"start": np.ones((1, 1, 3), np.float32)}, (5, 2))
    with pytest.raises(gn.ModelFileError, match=told):
        gn.load(tmp_path / "m.onnx")


def test_a_step_of_several_nodes_is_compared_with_the_activation(tmp_path):
    """The product of x and its logistic function is silu; that with tanh is nothing that is known."""
    for operator, told in (("Sigmoid", None), ("Tanh", r"node 2, 'y', is a Mul")):
        nodes = [helper.make_node(operator, ["x"], ["a"]), helper.make_node("Mul", ["x", "a"], ["y"])]
        write(tmp_path / "m.onnx", nodes, {}, (3,))
        if told is None:
            assert repr(gn.load(tmp_path / "m.onnx")) == "Network(['silu'])"
        else:
            with pytest.raises(gn.ModelFileError, match=told):
                gn.load(tmp_path / "m.onnx")


def test_a_sum_over_features_is_not_taken_for_an_activation(tmp_path):
    nodes = [
        helper.make_node("Sigmoid", ["x"], ["a"]),
        helper.make_node("ReduceSum", ["a", "axis"], ["b"], keepdims=1),
        helper.make_node("Mul", ["x", "b"], ["y"]),
    ]
    write(tmp_path / "m.onnx", nodes, {"axis": np.array([1])}, (1,))
    with pytest.raises(gn.ModelFileError, match=r"node 2, 'b', is a ReduceSum"):
        gn.load(tmp_path / "m.onnx")


def test_a_small_file_cannot_ask_for_all_memory(tmp_path):
    nodes = [
        helper.make_node("ConstantOfShape", ["lengths"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    write(tmp_path / "m.onnx", nodes, {"lengths": np.array([10**6, 10**6])}, (3,))
    with pytest.raises(gn.ModelFileError, match=r"m.onnx"):
        gn.load(tmp_path / "m.onnx")


def exported(module, x, path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    batch = torch.export.Dim("batch")
    torch.onnx.export(
        module.eval(), (torch.from_numpy(x),), path, dynamo=True, external_data=False, dynamic_shapes=({0: batch},)
    )


@pytest.mark.slow  # PyTorch's exporter takes seconds
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


@pytest.mark.slow  # PyTorch's exporter takes seconds
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
