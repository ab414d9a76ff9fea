"""Traces: the graph of operations from a batch to its loss, and its picture."""

from __future__ import annotations

import json
import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageFont

import glassnet as gn
from glassnet_autodiff.gradient_check import numerical_gradient, relative_error
from glassnet_reports.shown_part import part_text
from glassnet_reports.trace_drawing import draw
from glassnet_reports.trace_views import shortened

SVG = "{http://www.w3.org/2000/svg}"
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
Y = np.array([[0], [1], [1], [0]], np.float32)


@pytest.fixture
def net():
    return gn.Network("dense(2) tanh dense(1) sigmoid").build((2,), seed=3)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_on_xor_each_operation_is_there_by_name_with_what_it_takes(net):
    graph = net.trace(X, Y, "binary_crossentropy")
    assert [(name, node.text, node.inputs) for name, node in graph.nodes.items()] == [
        ("x", "x", ()),
        ("0.weights", "weights", ()),
        ("0.bias", "bias", ()),
        ("2.weights", "weights", ()),
        ("2.bias", "bias", ()),
        ("y", "y", ()),
        ("v1", "x @ weights", ("x", "0.weights")),
        ("v2", "v1 + bias", ("v1", "0.bias")),
        ("v3", "tanh(v2)", ("v2",)),
        ("v4", "v3 @ weights", ("v3", "2.weights")),
        ("v5", "v4 + bias", ("v4", "2.bias")),
        ("v6", "max(v5, 0)", ("v5",)),
        ("v7", "v5 × y", ("v5", "y")),
        ("v8", "v6 − v7", ("v6", "v7")),
        ("v9", "|v5|", ("v5",)),
        ("v10", "−v9", ("v9",)),
        ("v11", "exp(v10)", ("v10",)),
        ("v12", "log1p(v11)", ("v11",)),
        ("v13", "v8 + v12", ("v8", "v12")),
        ("v14", "mean(v13)", ("v13",)),
    ]
    assert [part.title for part in graph.parts] == [
        *("0  dense(2)", "1  tanh", "2  dense(1)"),
        "sigmoid and binary_crossentropy in one formula",
    ]
    assert [graph.nodes[name].part for name in ("x", "v2", "v3", "2.bias", "v5", "y", "v14")] == [0, 0, 1, 2, 2, 3, 3]
    assert graph.nodes["v1"].operation == "np.matmul"
    assert str(graph).splitlines()[6] == "v1 = x @ weights  (4, 2)"


def test_values_and_gradients_are_those_of_the_formulas_written_out(net):
    graph = net.trace(X, Y, "binary_crossentropy")
    p = {name: array.astype(np.float64) for name, array in net.parameters.items()}
    h = np.tanh(X @ p["0.weights"] + p["0.bias"])
    z = h @ p["2.weights"] + p["2.bias"]
    dz = (sigmoid(z) - Y) / 4
    dh = dz @ p["2.weights"].T
    expected = {
        "v3": (h, dh),
        "v5": (z, dz),
        "v2": (np.arctanh(h), dh * (1 - h * h)),
        "2.weights": (p["2.weights"], h.T @ dz),
        "0.bias": (p["0.bias"], (dh * (1 - h * h)).sum(axis=0)),
        "x": (X, dh * (1 - h * h) @ p["0.weights"].T),
        "y": (Y, -z / 4),
        "v14": (-np.mean(Y * np.log(sigmoid(z)) + (1 - Y) * np.log(1 - sigmoid(z))), 1),
    }
    for name, (value, gradient) in expected.items():
        np.testing.assert_allclose(graph.nodes[name].value, value, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(graph.nodes[name].gradient, gradient, rtol=1e-12, atol=1e-15)
    assert graph.loss == pytest.approx(expected["v14"][0], rel=1e-12)


SIGMOID = ["−v6", "exp(v7)", "max(v8, …)", "1 + v8", "v9 / v10"]


def test_not_fused_the_last_activation_is_a_part_of_its_own(net):
    net.parameters["2.bias"][:] = 0.5  # at 0, the |z| that the sigmoid is computed with has a kink
    apart, fused = net.trace(X, Y, "binary_crossentropy", fused=False), net.trace(X, Y, "binary_crossentropy")
    assert [part.title for part in apart.parts][3:] == ["3  sigmoid", "binary_crossentropy"]
    assert {node.text for node in apart.nodes.values() if node.part == 3} == {"|v5|", *SIGMOID}
    assert apart.loss == pytest.approx(fused.loss, rel=1e-12)
    for name in net.parameters:
        np.testing.assert_allclose(apart.nodes[name].gradient, fused.nodes[name].gradient, rtol=1e-10, atol=1e-15)


NETWORKS = {
    "images": ("conv2d(2, 3, padding=1) relu max_pool2d(2) batch_norm flatten dense(3) softmax", (4, 4, 1)),
    "sequences": ("lstm(3, return_sequences=True) gru(2) dense(3) softmax", (3, 2)),
    "branches": ("residual([dense(3), tanh]) layer_norm concat([dense(2), dense(4)]) dense(3) softmax", (3,)),
    "attention": ("self_attention(causal=True) flatten dense(3) softmax", (3, 2)),
    "noise": ("gaussian_noise(0.5) dropout(0.5) dense(3) softmax", (5,)),
}


@pytest.fixture(params=NETWORKS)
def traced(request):
    layers, shape = NETWORKS[request.param]
    net = gn.Network(layers).build(shape, seed=1, dtype="float64")
    rng = np.random.default_rng(0)
    net.flat_parameters[:] = rng.normal(size=net.flat_parameters.size) * 0.5
    x, y = rng.normal(size=(2, *shape)), np.array([2, 0])
    return net, x, y, net.trace(x, y, "categorical_crossentropy", training=True, seed=5)


def test_gradients_are_central_differences_of_the_loss(traced):
    net, x, y, graph = traced
    for name, array in net.parameters.items():
        some = np.arange(array.size)[:: max(array.size // 6, 1)]
        slopes = numerical_gradient(
            lambda: net.trace(x, y, "categorical_crossentropy", training=True, seed=5).loss,
            array.reshape(-1),
            only=some,
        )
        assert relative_error(graph.nodes[name].gradient.reshape(-1)[some], slopes) < 1e-6


def test_inputs_come_before_results_and_all_leads_to_the_loss(traced):
    *_, graph = traced
    names = list(graph.nodes)
    used = {names[-1]}
    for place, (name, node) in enumerate(graph.nodes.items()):
        assert all(names.index(source) < place for source in node.inputs)
        assert node.value.shape == np.shape(node.gradient) or node.operation
        used.update(node.inputs)
        assert node.name == name
    assert used == set(names)
    assert graph.nodes[names[-1]].value == graph.loss
    assert graph.nodes[names[-1]].gradient == 1


def test_the_network_stays_as_it_is():
    net = gn.Network("batch_norm dense(2)").build((3,))
    x = np.random.default_rng(0).normal(size=(4, 3))
    vector, state = net.flat_parameters.copy(), {name: array.copy() for name, array in net.state["0"].items()}
    graph = net.trace(x, np.zeros((4, 2)), "mean_squared_error", training=True)
    np.testing.assert_array_equal(net.flat_parameters, vector)
    for name, array in state.items():
        np.testing.assert_array_equal(net.state["0"][name], array)
    assert "0.running_mean" not in graph.nodes  # what is only carried along does not lead to the loss
    assert "0.running_mean" in net.trace(x, np.zeros((4, 2)), "mean_squared_error").nodes


def test_outside_training_dropout_leaves_no_trace():
    net = gn.Network("dropout(0.5) dense(1)").build((2,))
    assert net.trace(X, Y, "mse").nodes["v1"].text == "x @ weights"
    assert net.trace(X, Y, "mse", training=True).nodes["v1"].text == "x × …"
    masks = [net.trace(X + 1, Y, "mse", training=True, seed=seed).nodes["v1"].value for seed in (0, 0, 1)]
    np.testing.assert_array_equal(masks[0], masks[1])
    assert (masks[0] != masks[2]).any()


def test_integers_and_labels_are_no_nodes():
    net = gn.Network("embedding(5, 2) flatten dense(3) softmax").build((2,))
    graph = net.trace(np.array([[1, 4]]), np.array([2]), "categorical_crossentropy")
    assert {"x", "y"}.isdisjoint(graph.nodes)
    assert graph.nodes["v1"].text == "weights[…]"
    gradient = graph.nodes["0.weights"].gradient
    assert gradient[[1, 4]].all()
    assert not gradient[[0, 2, 3]].any()
    assert graph.svg()


class InPlace(gn.Layer):
    """Writes into parts of a buffer, over what was there."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        buffer = ctx.buffer("buffer", x.shape)
        buffer[:2] = x[:2] * 2
        buffer[2:] = x[2:] * 3
        buffer[0] *= 5
        np.copyto(buffer[3], 7.0, where=np.array([True, False]))
        buffer[[1], [1]] = 9.0
        y = ctx.buffer("y", x.shape)
        y[:2] = buffer[:2] - buffer[2:]
        y[2:] = 0
        return y, None


def test_the_last_writers_of_a_buffers_parts_are_its_inputs():
    net = gn.Network([InPlace()]).build((2,))
    graph = net.trace(X + 1, np.zeros((4, 2)), "mean_squared_error")
    texts = {name: node.text for name, node in graph.nodes.items() if node.operation}
    assert list(texts.values()) == [
        *(
            "x[:2] × 2",
            "v1",
            "x[2:] × 3",
            "v3",
            "v2[0] × 5",
            "v4[1] with 7 in places",
            "(v2[1], …, v6) with 9 in places",
        ),
        *("v7[:2] − v7[2:]", "v8", "0", "(v9, v10) − y", "v11²", "mean(v12, axis=1)", "mean(v13)"),
    ]
    assert graph.nodes["v5"].inputs == ("v2",)
    assert graph.nodes["v7"].inputs == ("v2", "v4", "v5", "v6")
    # Rows of the buffer: 10 x, 2 x but 9 at its end, 3 x, 3 x but 7 at its start. x is 1 1, 1 2, 2 1, 2 2.
    difference = np.array([[10.0 - 6, 10 - 3], [2 - 7, 9 - 6]])
    np.testing.assert_allclose(graph.nodes["v8"].value, difference)
    d = difference / 4
    expected = [[10 * d[0, 0], 10 * d[0, 1]], [2 * d[1, 0], 0], [-3 * d[0, 0], -3 * d[0, 1]], [0, -3 * d[1, 1]]]
    np.testing.assert_allclose(graph.nodes["x"].gradient, expected)


def test_a_network_that_ignores_its_input_has_a_loss_and_no_path_to_it():
    class Nothing(gn.Layer):
        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            return np.zeros(x.shape), None

    graph = gn.Network([Nothing()]).build((2,)).trace(X, np.ones((4, 2)), "mean_squared_error")
    assert graph.loss == 1
    assert "x" not in graph.nodes
    assert graph.svg()


def test_what_the_tape_cannot_follow_is_an_error():
    class Foreign(gn.Layer):
        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            return np.apply_along_axis(np.arcsinh, -1, x), None

    with pytest.raises(gn.TracingError, match=r"np\.apply_along_axis has no derivative"):
        gn.Network([Foreign()]).build((2,)).trace(X, X, "mean_squared_error")


# --- the picture ----------------------------------------------------------------------------------------------


def boxes_of(svg: str) -> dict[str, tuple[float, float, float, float]]:
    """Return left, top, right and bottom of each box, by the text in bold at its top."""
    root = ElementTree.fromstring(svg)
    boxes = {}
    elements = list(root)
    for frame, title in pairwise(elements):
        if frame.get("rx") == "5":
            x, y, width, height = (float(frame.get(key)) for key in ("x", "y", "width", "height"))
            assert title.get("font-weight") == "bold"
            boxes[f"{title.text} {len(boxes)}"] = (x, y, x + width, y + height)
    return boxes


def lines_of(svg: str) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return where each line begins and ends."""
    found = []
    for path in ElementTree.fromstring(svg).iter(f"{SVG}path"):
        if path.get("marker-end"):
            numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", path.get("d"))]
            found.append(((numbers[0], numbers[1]), (numbers[-2], numbers[-1])))
    return found


def test_boxes_are_within_the_picture_and_apart_from_each_other(traced):
    *_, graph = traced
    svg = graph.svg()
    width, height = (float(ElementTree.fromstring(svg).get(key)) for key in ("width", "height"))
    boxes = boxes_of(svg)
    assert len(boxes) == len(shortened(graph).nodes)
    for left, top, right, bottom in boxes.values():
        assert 0 < left < right < width
        assert 0 < top < bottom < height
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1], f"{one} and {other} overlap"


def test_labels_do_not_overlap_and_stay_in_the_picture(traced):
    """Measured with the widest of the usual fonts, in which pictures are saved as PNG too."""
    *_, graph = traced
    root = ElementTree.fromstring(graph.svg())
    fonts = Path(get_data_path(), "fonts", "ttf")
    places = []
    for text in root.iter(f"{SVG}text"):
        x, y, size = (float(text.get(key)) for key in ("x", "y", "font-size"))
        name = "DejaVuSans-Bold.ttf" if text.get("font-weight") else "DejaVuSans.ttf"
        wide = ImageFont.truetype(str(fonts / name), 100).getlength(text.text) * size / 100
        left = x - wide if text.get("text-anchor") == "end" else x
        places.append((text.text, left, y - 0.7 * size, left + wide, y))
    for (one, *a), (other, *b) in combinations(places, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], f"{one!r} and {other!r} overlap"
    assert max(place[3] for place in places) < float(root.get("width"))


def test_every_input_has_a_line_or_an_arrow_with_its_name(traced):
    *_, graph = traced
    graph = shortened(graph)
    svg = draw(graph)
    boxes = list(boxes_of(svg).values())
    named = {(round(float(t.get("x")) - 4, 1), round(float(t.get("y")) - 9, 1)): t.text
             for t in ElementTree.fromstring(svg).iter(f"{SVG}text") if t.get("font-size") == "10"}  # fmt: skip
    order = drawing_order(svg, graph)
    drawn = []
    for start, end in lines_of(svg):
        source = at(boxes, *start)
        source = order[named[(round(start[0], 1), round(start[1], 1))]] if source is None else source
        drawn.append((source, at(boxes, *end)))
    assert sorted(drawn) == sorted(
        (order[name], order[node.name]) for node in graph.nodes.values() for name in node.inputs
    )


def at(boxes: list[Any], x: float, y: float) -> int | None:
    """Return the box whose border a line touches; its tip stops two pixels before."""
    return next(
        (
            index
            for index, (left, top, right, bottom) in enumerate(boxes)
            if left - 3 <= x <= right + 3 and top - 3 <= y <= bottom + 3
        ),
        None,
    )


def drawing_order(svg: str, graph: Any) -> dict[str, int]:
    """Return the place of each node among the boxes: titles name the operations, and given arrays stand beside them."""
    titles = [title.rpartition(" ")[0] for title in boxes_of(svg)]
    order = {}
    given: dict[str, list[int]] = {}
    for place, title in enumerate(titles):
        name, operation, _ = title.partition(" = ")
        if operation:
            order[name] = place
        else:
            given.setdefault(title, []).append(place)
    for node in graph.nodes.values():
        for name in node.inputs:
            if name not in order:
                order[name] = given[graph.nodes[name].text].pop(0)
    return order


def test_numbers_are_shown_where_they_are_few(net):
    graph = net.trace(X, Y, "binary_crossentropy")
    texts = [element.text for element in ElementTree.fromstring(graph.svg()).iter(f"{SVG}text")]
    start = texts.index("v3 = tanh(v2)")
    assert texts[start + 1] == "value, 4 × 2"
    shown = [float(text.replace("−", "-")) for text in texts[start + 2 : start + 10]]
    np.testing.assert_allclose(shown, graph.nodes["v3"].value.reshape(-1), rtol=0.06, atol=1e-4)
    assert texts[start + 10] == "gradient"
    shown = [float(text.replace("−", "-")) for text in texts[start + 11 : start + 19]]
    np.testing.assert_allclose(shown, graph.nodes["v3"].gradient.reshape(-1), rtol=0.06, atol=1e-4)
    assert texts[0] == f"loss = {graph.loss:.6g}"
    assert "y = x W + b" in texts


def test_large_arrays_are_colours_thinned_out():
    net = gn.Network("dense(60) dense(1)").build((50,))
    graph = net.trace(np.ones((40, 50)), np.ones((40, 1)), "mean_squared_error")
    root = ElementTree.fromstring(graph.svg())
    texts = [element.text for element in root.iter(f"{SVG}text")]
    place = texts.index("v1 = x @ weights")
    assert texts[place + 1 : place + 3] == ["value, 40 × 60", "gradient"]
    assert len(graph.svg()) < 1_000_000


def test_signs_are_colours_and_sizes_their_strength():
    net = gn.Network("dense(1, bias=False)").build((2,), dtype="float64")
    net.flat_parameters[:] = [4.0, -1.0]
    root = ElementTree.fromstring(net.trace(np.ones((1, 2)), np.zeros((1, 1)), "mse").svg())
    elements = list(root)
    place = next(index for index, element in enumerate(elements) if element.text == "weights")
    positive, negative = (e for e in elements[place : place + 6] if e.get("fill-opacity"))
    assert positive.get("fill") != negative.get("fill")
    assert float(positive.get("fill-opacity")) == pytest.approx(4 * float(negative.get("fill-opacity")), rel=0.1)


def test_values_that_are_not_finite_can_be_drawn():
    net = gn.Network("self_attention(causal=True)").build((2, 2))
    graph = net.trace(np.ones((1, 2, 2)), np.ones((1, 2, 2)), "mean_squared_error")
    assert any(np.isinf(node.value).any() for node in graph.nodes.values())
    assert "−inf" in graph.svg()
    assert "nan" not in graph.svg()


class Spectrum(gn.Layer):
    """Complex numbers, and an operation of two results, within a layer."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        z = np.fft.fft(x)
        sign, log = np.linalg.slogdet(np.eye(2) + x[:2])
        return np.abs(z) + z.imag * sign + log, None


def test_complex_numbers_and_several_results_are_nodes_and_are_drawn():
    net = gn.Network([Spectrum()]).build((2,))
    graph = net.trace(X, np.zeros((4, 2)), "mean_squared_error")
    texts = {node.text: node for node in graph.nodes.values()}
    np.testing.assert_allclose(texts["fft(x)"].value, np.stack([X.sum(axis=1), X[:, 0] - X[:, 1]], axis=1))
    # Rows of X are 0 0 and 0 1: the determinant of [[1, 0], [0, 2]].
    logs = [node.value for node in graph.nodes.values() if node.operation == "np.linalg.slogdet"]
    assert float(logs[-1]) == pytest.approx(np.log(2))
    assert all(node.value.shape == node.gradient.shape for node in texts.values() if node.operation)
    assert "|1|" in graph.svg()


def test_titles_are_escaped():
    net = gn.Network("relu dense(1)").build((2,))
    root = ElementTree.fromstring(net.trace(X, Y, "binary_crossentropy(from_logits=True)").svg())
    formulas = [element.text for element in root.iter(f"{SVG}text")]
    assert any("max(" in text for text in formulas)


def test_a_trace_is_saved_whole_and_shows_itself_in_a_notebook(net, tmp_path):
    graph = net.trace(X, Y, "binary_crossentropy")
    graph.save(tmp_path / "xor.svg")
    assert (tmp_path / "xor.svg").read_text(encoding="utf-8") == graph.svg() == graph._repr_svg_()
    assert [path.name for path in tmp_path.iterdir()] == ["xor.svg"]
    with pytest.raises(gn.FileError, match="cannot write"):
        graph.save(tmp_path / "missing" / "xor.svg")


# --- parts of arrays, layers as one box, and formats --------------------------------------------------------------


def texts_of(layers, shape, y, loss="mse", **options):
    net = gn.Network(layers).build(shape, dtype="float64")
    graph = net.trace(np.random.default_rng(0).normal(size=(len(y), *shape)), y, loss, **options)
    return graph, [node.text for node in graph.nodes.values() if node.operation]


def test_the_gates_of_an_lstm_are_slices_of_one_product():
    graph, texts = texts_of("lstm(3)", (2, 2), np.zeros((2, 3)))
    assert {"v4[:, :3] × 0.5", "v4[:, 3:6] × 0.5", "tanh(v4[:, 6:9])", "v4[:, 9:] × 0.5", "x[:, 1] @ weights"} <= set(
        texts
    )
    for node in graph.nodes.values():
        for part in node.shown:
            source = graph.nodes[part.name].value
            if part.index.startswith("[") and "…" not in part.index and part.places.size:
                taken = eval(f"source{part.index}", {"source": source})
                np.testing.assert_array_equal(np.sort(source.ravel()[part.places], None), np.sort(taken, None))


def test_windows_of_images_are_named_and_mapped():
    graph, texts = texts_of("max_pool2d(2) conv2d(1, 2)", (6, 6, 1), np.zeros((1, 2, 2, 1)))
    assert "max(v2[:, ::2, ::2], axis=(3, 4))" in texts
    windows = next(node for node in graph.nodes.values() if node.text.startswith("windows(v"))
    assert windows.shown[-1].places.tolist() == [[0, 1], [6, 7]]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (np.s_[2], "[2]"),
        (np.s_[1:3], "[1:3]"),
        (np.s_[:, 1:], "[:, 1:]"),
        (np.s_[::2, 3], "[::2, 3]"),
        (np.s_[1::3], "[1]"),
        (np.s_[:, :], ""),
        (np.s_[0, 0], "[0, 0]"),
        (np.s_[:, ::-1], "[:, ::-1]"),
        (np.s_[::-1, 2:0:-1], "[::-1, 2:0:-1]"),
        (np.s_[2::-2], "[2::-2]"),
    ],
)
def test_a_part_is_written_as_the_index_that_gives_it(index, expected):
    numbers = np.arange(16).reshape(4, 4)
    assert part_text(numbers[index], (4, 4)) == expected


def test_transposed_arrays_are_written_so_and_others_as_reshaped():
    numbers = np.arange(12).reshape(3, 4)
    assert part_text(numbers.T, (3, 4)) == ".T"
    assert part_text(numbers[:, :2].T, (3, 4)) == "[:, :2].T"
    assert part_text(numbers.reshape(2, 6), (3, 4)) == ""
    assert part_text(np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2), (2, 3, 4)) == ".transpose(1, 0, 2)"
    assert part_text(numbers.reshape(3, 2, 2).transpose(0, 2, 1), (3, 4)) == ".reshape(…)"
    assert part_text(numbers[[0, 1, 0], [0, 1, 2]], (3, 4)) == "[…]"


def test_a_small_lstm_fits_on_a_screen_of_steps_side_by_side():
    graph, _ = texts_of("lstm(3) dense(1)", (3, 2), np.zeros((2, 1)))
    root = ElementTree.fromstring(graph.svg())
    width, height = (float(root.get(key)) for key in ("width", "height"))
    assert height < 1600
    assert 16 / 9 / 1.5 < width / height < 16 / 9 * 1.5
    titles = [title.rpartition(" ")[0] for title in boxes_of(graph.svg())]
    assert any("tanh(v4[:, 6:9])" in title for title in titles)
    assert len(titles) < len(graph.nodes) / 2


def test_a_layer_can_be_one_box(net):
    graph = net.trace(X, Y, "bce").collapse(0, 1)
    assert [(n.name, n.text, n.inputs) for n in graph.nodes.values() if n.part < 2] == [
        ("x", "x", ()),
        ("v2", "dense(2)", ("x",)),
        ("v3", "tanh", ("v2",)),
    ]
    assert graph.nodes["v4"].inputs == ("v3", "2.weights")
    whole = net.trace(X, Y, "bce").collapse()
    assert [n.text for n in whole.nodes.values() if n.part < 3] == ["x", "dense(2)", "tanh", "dense(1)"]
    with pytest.raises(gn.OptionError, match="no layer 9"):
        graph.collapse(9)


def test_a_layer_that_two_others_read_stays_readable():
    graph, _ = texts_of("residual([dense(2), tanh]) dense(1)", (2,), np.zeros((2, 1)))
    assert graph.collapse(0).nodes["v4"].inputs == ("x",)
    assert graph.collapse(0).svg()


def test_the_loss_is_that_of_evaluate_with_penalties_weights_and_noise():
    net = gn.Network("dense(4) batch_norm dropout(0.5) prelu dense(3) softmax").build((2,))
    x, y = np.random.default_rng(0).normal(size=(8, 2)), np.arange(8) % 3
    net.fit(x, y, loss="categorical_crossentropy", optimizer="adam(lr=0.1)", regularizer="l2(0.1)", epochs=3)
    graph = net.trace(x, y)
    assert graph.loss == pytest.approx(net.evaluate(x, y)["loss"], rel=1e-6)
    assert graph.parts[-1].title == "penalties: l2(strength=0.1)"
    split = gn.Split(x, y, np.arange(8.0))
    assert net.trace(split).loss == pytest.approx(net.evaluate(split)["loss"], rel=1e-6)
    gradients = net.value_and_gradients(x, y)[1]
    for name in ("0.weights", "4.bias"):
        np.testing.assert_allclose(graph.nodes[name].gradient, gradients[name], rtol=1e-4, atol=1e-7)
    with pytest.raises(gn.NotBuiltError, match="loss"):
        gn.Network("dense(1)").build((2,)).trace(X, Y)


def test_a_trace_is_saved_in_five_formats(net, tmp_path):
    graph = net.trace(X, Y, "bce")
    for ending in ("svg", "png", "html", "dot", "json"):
        graph.save(tmp_path / f"xor.{ending}")
    image = Image.open(tmp_path / "xor.png").convert("L")
    root = ElementTree.fromstring(graph.svg())
    assert image.size == (2 * int(root.get("width")), 2 * int(root.get("height")))
    assert image.getextrema()[0] < 60  # letters
    content = json.loads((tmp_path / "xor.json").read_text("utf-8"))
    assert content["loss"] == graph.loss
    assert [node["name"] for node in content["nodes"]] == list(graph.nodes)
    np.testing.assert_array_equal(content["nodes"][6]["value"], graph.nodes["v1"].value)
    dot = (tmp_path / "xor.dot").read_text("utf-8")
    assert dot.count(" -> ") == sum(len(node.inputs) for node in graph.nodes.values())
    assert '"x" -> "v1"' in dot
    page = (tmp_path / "xor.html").read_text("utf-8")
    assert page.count("<details") == 1 + len(graph.parts)
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    with pytest.raises(gn.FileError, match="SVG, PNG, HTML, DOT or JSON"):
        graph.save(tmp_path / "xor.gif")


def test_numbers_that_are_not_finite_are_null_in_json(tmp_path):
    net = gn.Network("dense(1)").build((2,))
    graph = net.trace(X, Y, "mse")
    graph.nodes["v1"].value[0, 0] = np.inf
    graph.save(tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text("utf-8"))["nodes"][4]["value"][0][0] is None


def test_gates_have_the_names_that_the_layer_gives_them():
    graph, _ = texts_of("lstm(2) dense(1)", (2, 3), np.zeros((1, 1)))
    words = [node.word for node in graph.nodes.values() if node.word]
    assert words[:4] == [
        "input gate at time 0",
        "forget gate at time 0",
        "new content at time 0",
        "output gate at time 0",
    ]
    assert "output gate at time 1" in words
    assert re.search(r"v\d+ = v\d+ \+ 0.5, forget gate at time 1 ", str(graph))
    picture = graph.svg()
    # The columns of v4 are the gates in their order: input, forget, new content, output.
    for part, gate in (("[:, :2]", "input gate"), ("[:, 2:4]", "forget gate"), ("[:, 6:]", "output gate")):
        assert f">v4{part} {gate}<" in picture
        assert f"sigmoid(v4{part})" in picture


class Voting(gn.Layer):
    """A layer of somebody else, with a loop over heads: each weighs the features by a softmax of its own."""

    variable_names = {"share": "share of the vote[head, sample, feature]", "first": "first feature[sample, feature]"}

    def output_shape(self, shape):
        return shape

    def forward(self, params, x, ctx):
        total = 0
        for head in range(2):
            weighed = np.exp(x * (head + 1))
            share = weighed / weighed.sum(axis=1, keepdims=True)
            total = total + share
        first = x[:, :1]
        return total * first, None


def test_heads_have_the_names_that_any_layer_gives_them():
    graph, _ = texts_of("self_attention(2) flatten dense(1)", (3, 4), np.zeros((1, 1)))
    shown = [part.title for node in graph.nodes.values() for part in node.shown]
    assert shown[:2] == ["v2[:, :, :4].reshape(…) query", "v2[:, :, 4:8].T key"]
    (attention,) = [node for node in graph.nodes.values() if node.word == "attention"]
    np.testing.assert_allclose(attention.value.sum(axis=-1), 1)
    picture = graph.svg()
    assert ">head 0<" in picture
    assert ">head 1<" in picture
    other, _ = texts_of([Voting(), "dense(1)"], (3,), np.zeros((2, 1)))
    words = [node.word for node in other.nodes.values() if node.word]
    assert words == ["share of the vote at head 0", "share of the vote at head 1"]
    assert [part.title for node in other.nodes.values() for part in node.shown] == ["x[:, 0] first feature"]


def test_names_are_those_of_the_inner_layer_in_its_place():
    two = "residual([layer_norm, self_attention(2), self_attention(2)]) flatten dense(1)"
    graph, _ = texts_of(two, (3, 4), np.zeros((1, 1)))
    assert [node.word for node in graph.nodes.values() if node.word] == ["1.attention", "2.attention"]


@pytest.mark.parametrize("name", ["xor", "step-0.93"])
def test_a_trace_without_an_ending_is_the_picture(net, tmp_path, name):
    graph = net.trace(X, Y, "bce")
    graph.save(tmp_path / name)
    assert (tmp_path / name).read_text().startswith("<svg")
