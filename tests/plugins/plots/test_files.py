"""The files of plots, what notebooks show, and plots of others."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet_reports.plots import new_figure

KINDS = (
    "activations", "confusion", "curves", "decision_boundary(points=8)", "embeddings", "first_weights", "gradients",
    "loss_landscape(points=3)", "lr_range_test(steps=20)", "misclassified", "update_ratios",
)  # fmt: skip


class Norms(gn.Plot):
    """The length of each parameter."""

    power: int = gn.option(2, ge=1, help="of the norm")

    def measure(self, subject):
        return {name: float(np.sum(np.abs(w) ** self.power)) for name, w in subject.network.parameters.items()}

    def frames(self, numbers):
        return 3

    def draw(self, numbers, frame):
        figure = new_figure(2, 1)
        figure.subplots().bar(list(numbers), list(numbers.values()), color=f"C{frame}")
        return figure


@pytest.fixture(scope="module")
def norms(moons):
    with gn.registered("plot", "norms", Norms):
        yield gn.plot("norms", moons[0], power=1)


def test_a_plot_of_anybody_is_drawn(norms, moons):
    assert norms.numbers["0.weights"] == pytest.approx(np.abs(moons[0].parameters["0.weights"]).sum())
    assert repr(norms) == "<plot norms(power=1), 3 frames; write it with .save('norms.png'), or .svg, .gif, .html>"


@pytest.mark.parametrize("kind", KINDS)
def test_each_plot_draws_its_numbers_alone(kind, moons, tmp_path):
    net, x, y, _ = moons
    drawing = gn.plot(kind, net, x, y)
    before = json.dumps(drawing.as_plain())
    drawing.save(tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as picture:
        assert picture.width > 400
        assert len(picture.convert("RGB").getcolors(10**6)) > 20
    assert json.dumps(drawing.as_plain()) == before
    panel = drawing.figure.axes[0]
    assert panel.get_title("left") or drawing.figure.get_suptitle()
    if panel.axison:
        assert panel.get_xlabel()
        assert panel.get_ylabel() or kind == "curves"  # a panel for each figure, which its title names


def test_an_animation_has_its_frames_and_rests_at_the_last(norms, tmp_path):
    norms.save(tmp_path / "norms.gif")
    with Image.open(tmp_path / "norms.gif") as animation:
        assert animation.n_frames == 3
        durations = []
        for place in range(3):
            animation.seek(place)
            durations.append(animation.info["duration"])
        assert durations == [2000, 2000, 2000]


def test_a_picture_is_the_last_frame(norms, tmp_path):
    norms.save(tmp_path / "mine.png")
    norms.frame(2).savefig(tmp_path / "last.png", dpi=144)
    with Image.open(tmp_path / "mine.png") as mine, Image.open(tmp_path / "last.png") as last:
        np.testing.assert_array_equal(np.array(mine), np.array(last))


def test_a_page_needs_no_other_file_and_no_id_twice(norms, tmp_path):
    norms.save(tmp_path / "norms.html")
    text = (tmp_path / "norms.html").read_text()
    assert text.count('class="frame"') == 3
    assert text.count('class="frame" hidden') == 2
    links = re.findall(r'(?:src|href)="([^"]+)"|url\(([^)]+)\)', text)
    assert all((one or other).startswith(("#", "data:")) for one, other in links)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'xlink:href="#([^"]+)"', text)) <= set(ids)
    HTMLParser().feed(text)


def test_a_notebook_shows_a_plot_of_one_frame_without_a_script(moons):
    text = gn.plot("gradients", moons[0])._repr_html_()
    assert "<script>" not in text
    assert "var(--ink)" in text
    assert "#22303c" not in text.partition("</style>")[2]


@pytest.mark.parametrize("name", ["plot.jpg", "plot", "plot.gif.zip"])
def test_an_unknown_ending_is_one_sentence(norms, tmp_path, name):
    with pytest.raises(gn.FileError, match=r"choose one of \.png, \.svg, \.pdf, \.gif, \.html"):
        norms.save(tmp_path / name)
    assert list(Path(tmp_path).iterdir()) == []


# --- what is missing ------------------------------------------------------------------------------------------------


def untrained(layers="dense(3) softmax", shape=(2,)):
    return gn.Network(layers).build(shape)


X = np.ones((4, 2), np.float32)


@pytest.mark.parametrize(
    ("kind", "layers", "data", "problem"),
    [
        ("activations", "dense(3)", (), r"needs a recording of the training; train .* fit\(callbacks=\['record'\]"),
        ("update_ratios", "dense(3)", (), "needs a recording"),
        ("curves", "dense(3)", (), "no epoch is complete"),
        ("loss_landscape", "dense(3)", (), r"needs data; give samples and targets: gn.plot\(kind, net, x, y\)"),
        ("loss_landscape(along=trajectory)", "dense(3)", (X, X), "needs a recording"),
        ("confusion", "dense(1)", (X, X[:, :1] / 3), "for networks that choose a class"),
        ("misclassified", "dense(2)", (X, [0, 1, 1, 0]), "for networks that choose a class"),
        ("decision_boundary", "dense(3) softmax", (X[:, :1], [0, 1, 1, 0]), "for networks with two inputs"),
        ("attention", "dense(3) softmax", (X, [0, 1, 1, 0]), "no layer of the network shows its attention"),
        ("attention(sample=9)", "dense(3) softmax", (X, [0, 1, 1, 0]), "there is no sample 9; the data have 4"),
        ("lr_range_test", "dense(3) softmax", (X, [0, 1, 1, 0]), "needs training data and an optimizer"),
        ("embeddings(layer=7)", "dense(3) softmax", (X, [0, 1, 1, 0]), "no layer 7; give one of 0, 1"),
        ("first_weights", "relu", (), "no layer with a matrix of weights"),
    ],
)
def test_what_is_missing_is_one_sentence(kind, layers, data, problem):
    net = untrained(layers, np.shape(data[0])[1:] if data else (2,))
    with pytest.raises(gn.OptionError, match=problem) as raised:
        gn.plot(kind, net, *data)
    assert "\n" not in str(raised.value)


def test_a_network_that_is_not_built_has_nothing_to_show():
    with pytest.raises(gn.NotBuiltError, match="not built"):
        gn.plot("first_weights", gn.Network("dense(3)"))


def test_a_name_that_is_misspelt_gets_a_suggestion():
    with pytest.raises(gn.UnknownComponentError, match="loss_landscape"):
        gn.plot("loss_landscpe", untrained())
