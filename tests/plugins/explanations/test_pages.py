"""The pages: what they hold, and that they need nothing else."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pandas
import pytest
from PIL import Image

import glassnet as gn
from glassnet_explanations.page.blocks import ArrayBlock, Chart, Page
from glassnet_explanations.page.chart import drawn
from glassnet_explanations.page.heat_map import heat_map
from glassnet_explanations.page.html import to_html
from glassnet_explanations.page.markdown import to_markdown
from glassnet_explanations.page.mathml import to_mathml
from glassnet_explanations.page.picture import picture
from glassnet_explanations.page.weight_contents import page_of_weight, section_of_course
from glassnet_explanations.weight_history import WeightHistory

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])


@pytest.fixture
def xor():
    net = gn.Network("dense(2) tanh dense(1) sigmoid").build(2, seed=0)
    return gn.explain(net, X, Y, loss="bce", optimizer="momentum(lr=0.1)", regularizer="l2", schedule="cosine")


class Elements(HTMLParser):
    """Checks that each element is closed, and keeps what elements refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.references += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "rect", "image", "line", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "image", "line", "polyline"):
            assert self.open.pop() == tag


def parsed(html: str) -> Elements:
    elements = Elements()
    elements.feed(html)
    assert elements.open == []
    return elements


def test_html_of_small_arrays_is_one_file_without_script(xor):
    elements = parsed(xor.to_html())
    assert elements.references == []
    assert "script" not in elements.names
    assert {"math", "details", "summary", "table"} <= elements.names
    assert "http" not in xor.to_html()
    assert "prefers-color-scheme: dark" in xor.to_html()
    assert "@media print" in xor.to_html()


def test_xor_shows_every_number(xor):
    page = xor.to_html()
    arrays = [array for layer in xor.layers for array in (*layer.values.values(), *layer.gradients.values())]
    arrays += [array for terms in xor.updates.values() for array in terms.values()]
    for array in arrays:
        for value in array.ravel():
            assert repr(float(value)) in page or repr(float(value) + 0.0) in page
    assert "elements:" not in page  # nothing is left out


def test_a_large_array_is_a_picture_with_its_values(tmp_path):
    net = gn.Network("flatten dense(20) relu dense(2)").build((10, 10), seed=0)
    x = np.random.default_rng(0).normal(size=(1, 10, 10))
    explanation = gn.explain(net, x, [[0.0, 1.0]], loss="mse", optimizer="adam")
    page = explanation.to_html()
    assert all(each.startswith("data:image/png;base64,") for each in parsed(page).references)
    assert "http" not in page
    (values,) = set(
        re.findall(r'data-name="weights" data-at="0,0" data-down="1,0" data-right="0,1" data-values="(.*?)"', page)
    )
    weights = net.copy(dtype="float64").parameters["1.weights"]
    np.testing.assert_array_equal(np.frombuffer(b64decode(values)).reshape(32, 20), weights[:32])
    assert "2 of 2,000 elements: those that change most." in page
    assert "32 of 100 rows" in page


def test_a_pixel_is_the_stronger_the_larger_its_value():
    value = np.array([[-2.0, -1.0, 0.0, np.nan], [4.0, 2.0, 1.0, 8.0]])
    indices = np.array([[0, 1, 2, 3], [4, 5, 6, -1]])
    (content,) = re.findall(r'base64,(.*?)"', picture("w", value, indices, frozenset({1}), 4.0))
    pixels = np.asarray(Image.open(io.BytesIO(b64decode(content))))
    assert pixels[..., 3].tolist() == [[128, 64, 0, 255], [255, 128, 64, 0]]
    red, blue = pixels[1, 0], pixels[0, 0]
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_a_long_row_is_folded_and_each_element_keeps_its_index():
    row = np.arange(150.0)
    svg = heat_map(ArrayBlock("b", row))
    at, down, right, values = re.findall(
        r'data-at="(.*?)" data-down="(.*?)" data-right="(.*?)" data-values="(.*?)"', svg
    )[0]
    assert (at, down, right) == ("0", "64", "1")
    np.testing.assert_array_equal(np.frombuffer(b64decode(values)), row)


def test_printed_numbers_give_the_printed_result():
    net = gn.Network("conv2d(2, 3) relu max_pool2d(2) flatten dense(3) tanh dense(2) softmax").build((8, 8, 1), seed=0)
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 1))
    page = gn.explain(net, x, [1], loss="cce", optimizer="adam").to_markdown(digits=9)
    lines = [line.split(" = ") for line in re.findall(r"^d?[\w#]+\[[^\]]*\] = .*$", page, re.MULTILINE)]
    checked = 0
    for _, *_, numbers, value in (line for line in lines if len(line) == 4):
        names = {"max": max, "min": min, "abs": abs, **{name: getattr(np, name) for name in ("exp", "log", "tanh")}}
        again = eval(numbers.replace("·", "*").replace("^", "**"), names)
        assert again == pytest.approx(float(value), rel=1e-6, abs=1e-7)
        checked += 1
    assert checked > 30


def test_windows_of_a_convolution_are_framed():
    net = gn.Network("conv2d(1, 3) flatten dense(1)").build((5, 5, 1), seed=0)
    x = np.random.default_rng(0).normal(size=(1, 5, 5, 1))
    explanation = gn.explain(net, x, [[0.0]], loss="mse", optimizer="sgd")
    assert "window at row 0, column 1 sees x[0:1, 0:3, 1:4, 0:1]" in explanation.to_markdown()
    page = explanation.to_html()
    (figure,) = re.findall(r"<figure><figcaption>window at row 0, column 1 .*?</figure>", page)
    marked = re.findall(r'marked"[^>]* title="([^ ]+ [^=]*\]) = ', figure)
    assert [name.rpartition("column 1")[2] for name in marked] == [
        f"[0, {row}, {column}, 0]" for row in range(3) for column in range(1, 4)
    ]


def test_gates_of_an_lstm_are_shown_by_their_names():
    net = gn.Network("lstm(2) dense(1)").build((4, 3), seed=0)
    x = np.random.default_rng(0).normal(size=(1, 4, 3))
    page = gn.explain(net, x, [[0.0]], loss="mse", optimizer="sgd").to_markdown()
    for word in ("input gate", "forget gate", "output gate", "cell"):
        assert word in page


def test_json_has_all_arrays_and_lines_in_full(xor, tmp_path):
    xor.save(tmp_path / "xor.json")
    content = json.loads((tmp_path / "xor.json").read_text())
    np.testing.assert_array_equal(content["updates"]["0.weights"]["total"], xor.updates["0.weights"]["total"])
    np.testing.assert_array_equal(content["layers"][1]["values"]["output"], xor.layers[1].values["output"])
    (line,) = [line for line in content["arithmetic"] if line["label"] == "y[1, 0]" and "2  dense" in line["of"]]
    assert eval(line["numbers"].replace("·", "*")) == pytest.approx(line["value"], rel=1e-15)


def test_nan_is_null_in_json_and_shown_on_the_page():
    net = gn.Network("dense(1)").build(1, seed=0)
    net.flat_parameters[0] = np.inf
    explanation = gn.explain(net, [[0.0]], [[1.0]], loss="mse", optimizer="sgd")
    assert "nan" in explanation.to_markdown()
    parsed(explanation.to_html())
    assert explanation.to_dict()["loss"] is None


@pytest.mark.parametrize("ending", [".html", ".md", ".json"])
def test_files_are_written_by_their_ending(xor, tmp_path, ending: str):
    xor.save(tmp_path / f"x{ending}")
    written = (tmp_path / f"x{ending}").read_text()
    assert written.startswith({".html": "<!DOCTYPE", ".md": "# One training step", ".json": "{"}[ending])


def test_another_ending_is_refused(xor, tmp_path):
    with pytest.raises(gn.FileError, match="HTML, Markdown or JSON"):
        xor.save(tmp_path / "x.pdf")


def test_formulas_become_mathml():
    assert to_mathml("y = x^2") == (
        '<math display="block"><mrow><mi>y</mi><mo>=</mo><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'
    )
    assert "<msub><mi>x</mi><mi>k</mi></msub>" in to_mathml("exp(x_k)")
    assert "<msqrt><mrow><mi>v</mi><mo>+</mo><mi>ε</mi></mrow></msqrt>" in to_mathml("sqrt(v + epsilon)")
    assert "<msup><mi>a</mi><mrow><mo>−</mo><mi>b</mi></mrow></msup>" in to_mathml("a^-b")
    assert to_mathml("a = 1,  b = 2").count("<math") == 2
    assert "<mo>&lt;</mo>" in to_mathml("a < b")


@pytest.mark.parametrize("name", ["base_lr", "total_steps", "final_fraction", "weight_decay"])
def test_a_name_of_two_words_is_no_word_with_an_index(name):
    found = to_mathml(f"lr = {name} / 2")
    assert f"<mtext>{name}</mtext>" in found
    assert "msub" not in found
    assert "<msub><mtext>score</mtext><mi>k</mi></msub>" in to_mathml("score_k")


def test_the_axis_of_values_far_from_0_is_theirs():
    curve = drawn(Chart("value", {"value": np.array([5.0, 5.5, 5.25])}))
    assert ">5.5</text>" in curve
    assert ">5</text>" in curve
    assert 'class="zero"' not in curve
    lowest, highest = (float(point.split(",")[1]) for point in re.search(r'points="(\S+) (\S+)', curve).groups())
    assert (lowest, highest) == (176.0, 0.0)
    assert 'class="zero"' in drawn(Chart("change", {"change": np.array([-1.0, 1.0])}))
    assert ">2.2</text>" in drawn(Chart("value", {"value": np.full(3, 2.0)}))


def test_a_weight_of_a_dead_unit_is_said_to_be_one():
    net = gn.Network("dense(3) relu dense(1)").build(2, seed=0)
    net.parameters["0.weights"] = np.array([[1.0, -1.0, 1.0], [1.0, -1.0, 1.0]])
    e = gn.explain(net, [[1.0, 2.0], [3.0, 0.5]], [[1.0], [2.0]], loss="mse", optimizer="adam")
    said = (
        "relu gives 0 at unit 1 for all samples of the step, so no gradient arrives: on these samples the unit is dead"
    )
    for weight, is_dead in (("0.weights[1,1]", True), ("0.bias[1]", True), ("0.weights[1,0]", False)):
        assert (said in to_markdown(page_of_weight(e, weight))) is is_dead


def test_a_weight_that_stops_in_a_training_is_said_to():
    values, gradients = np.array([1.0, 0.5, 0.25, 0.25, 0.25]), np.array([1.0, 0.5, 0.0, 0.0])
    history = WeightHistory("0.weights[0]", values, gradients, {"total": np.diff(values)})
    section = section_of_course(history, "About it.")
    assert section.blocks[0].text == "About it. Its gradient is 0 from step 3 to the last."


def test_every_formula_that_ships_becomes_well_formed_mathml():
    from glassnet.registry.registry import registry

    for kind in ("layer", "activation", "loss", "optimizer", "regularizer", "schedule"):
        for name in registry.names(kind):
            cls = registry.resolve(kind, name)
            parsed(to_mathml(cls.formula) + to_mathml(getattr(cls, "gradient_formula", "")))


@pytest.mark.parametrize(
    ("layers", "x", "told", "line"),
    [
        # log(1 + exp(800)): float64 ends at exp(709.8)
        ("softplus_by_hand", 800.0, "comes from layer 0, softplus_by_hand", "exp(800) = inf"),
        ("linear", 1e200, "comes from the loss mean_squared_error", "v1[0, 0]^2 = 1e+200^2 = inf"),
    ],
)
def test_a_page_begins_with_the_first_number_that_is_not_finite(layers: str, x: float, told: str, line: str):
    class SoftplusByHand(gn.Activation):
        """As in a book."""

        def forward(self, x):
            return np.log(1 + np.exp(x))

        def backward(self, dy, x, y):
            return dy / (1 + np.exp(-x))

    with gn.registered("activation", "softplus_by_hand", SoftplusByHand):
        net = gn.Network(layers).build(1, dtype="float64")
        page = gn.explain(net, [[x]], [[0.0]], loss="mse", optimizer="sgd").to_markdown()
    first, _ = page.split("## Forward")
    assert f"The first number that is not finite {told}." in first
    assert line in first


def test_a_weight_that_is_not_finite_is_named():
    net = gn.Network("dense(1) dense(1)").build(1, dtype="float64")
    net.flat_parameters[2] = np.nan
    page = gn.explain(net, [[1.0]], [[0.0]], loss="mse", optimizer="sgd").to_markdown()
    assert "The first number that is not finite is weights[0, 0] of layer 1, dense(1)." in page


def test_pages_say_from_which_column_each_input_comes():
    rows = pandas.DataFrame({"width": [1.0, 2.0, 4.0, 3.0], "town": ["Bern", "Basel", "Bern", "Basel"]})
    net = gn.Network("dense(1)")
    net.fit(rows, [[0.5], [1.0], [1.25], [0.0]], loss="mse", epochs=1, seed=0)
    explanation = gn.explain(net, rows[:1], [[1.0]], loss="mse", optimizer="sgd")
    told = "Inputs: x[:, 0] is width, x[:, 1] is town=Basel, x[:, 2] is town=Bern."
    samples = net.preprocessing.samples(rows)
    assert told in gn.explain(net, samples[:1], [[1.0]], loss="mse", optimizer="sgd").to_markdown()
    assert "(town=Bern)" in explanation.to_html()
    assert explanation.to_dict()["input_names"] == ["width", "town=Basel", "town=Bern"]


def test_pages_name_the_columns_of_a_split_and_of_no_array(xor):
    data = gn.datasets.iris().load()
    net = gn.Network("dense(3) softmax").build(4, seed=0)
    explanation = gn.explain(net, data.train[:1], loss="cce", optimizer="sgd")
    assert "x[:, 3] is petal_width." in explanation.to_markdown()
    assert "Inputs:" not in xor.to_markdown()


def test_names_of_very_many_columns_are_cut():
    wide = gn.Split(np.ones((1, 90)), np.ones((1, 1)), columns=[f"c{number}" for number in range(90)])
    net = gn.Network("dense(1)").build(90, seed=0)
    text = gn.explain(net, wide, loss="mse", optimizer="sgd").to_markdown()
    assert "x[:, 39] is c39, and 50 more." in text


def test_the_colours_of_a_page_are_explained_where_there_are_some(xor):
    assert "Red is above 0 and blue is below" in xor.to_html()
    history = WeightHistory("0.weights[0]", np.ones(3), np.ones(2), {"total": np.zeros(2)})
    assert "Red is" not in to_html(Page("0.weights[0]", (), (section_of_course(history, ""),)))


def test_an_array_says_what_its_axes_are_where_that_is_known():
    image, gate = np.ones((1, 3, 3, 1)), np.ones((1, 2, 3))
    named = ("sample", "row", "column", "channel")
    assert "1 × 3 × 3 × 1: sample, row, column, channel<" in heat_map(ArrayBlock("x", image, "images", axes=named))
    assert "1 × 2 × 3: sample, time, unit<" in heat_map(ArrayBlock("i", gate, axes=("sample", "time", "unit")))
    # Of an input with three axes, only the samples are known.
    assert "1 × 2 × 3<" in heat_map(ArrayBlock("x", gate, "images", axes=named[:3]))
