"""The pictures of a run: what they show, not how."""

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands import plots
from glassnet_commands.classification import Answers, answers
from glassnet_commands.column_importance import draw_importance
from glassnet_commands.confusion_matrix import confusion_matrix, draw_confusion_matrix
from glassnet_commands.decision_surface import draw_decision_surface
from glassnet_commands.images import is_image
from glassnet_commands.plots import draw_pictures
from glassnet_commands.worst_mistakes import draw_worst_mistakes, worst_mistakes
from glassnet_reports.plots import save_figure


def answered(true, probabilities, classes=None):
    probabilities = np.array(probabilities, np.float64)
    names = classes or tuple(map(str, range(probabilities.shape[1])))
    return Answers(names, np.array(true), probabilities.argmax(axis=1), probabilities)


THREE = answered(
    [0, 0, 1, 1, 2],
    [[0.9, 0.05, 0.05], [0.3, 0.6, 0.1], [0.2, 0.7, 0.1], [0.5, 0.1, 0.4], [0.98, 0.01, 0.01]],
    ("ant", "bee", "cat"),
)


def texts(figure):
    """All that is written in a figure, panel by panel."""
    return [[text.get_text() for text in panel.texts] for panel in figure.axes]


# --- answers ------------------------------------------------------------------------------------------------


def network_with_outputs(rows, last=""):
    """A network that answers its one-hot inputs with `rows`, from logits where it ends in an activation."""
    network = gn.Network(f"dense({len(rows[0])}, bias=False) {last}").build((len(rows),), dtype="float64")
    network.parameters["0.weights"][:] = rows
    return network


@pytest.mark.parametrize("y", [np.array([1, 0, 2]), np.eye(3)[[1, 0, 2]]], ids=["labels", "one-hot"])
def test_answers_of_a_softmax(y):
    logits = np.log([[0.2, 0.5, 0.3], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5]])
    given = answers(network_with_outputs(logits, "softmax"), gn.Split(np.eye(3), y), ("a", "b", "c"))
    assert given.classes == ("a", "b", "c")
    assert given.true.tolist() == [1, 0, 2]
    assert given.predicted.tolist() == [1, 1, 2]
    assert given.mistakes.tolist() == [1]
    np.testing.assert_allclose(given.probabilities, np.exp(logits), rtol=1e-12)


@pytest.mark.parametrize("y", [np.array([1, 0, 1]), np.array([[1.0], [0.0], [1.0]])], ids=["flat", "column"])
def test_answers_of_one_sigmoid(y):
    given = answers(network_with_outputs([[math.log(3)], [math.log(0.25)], [-1]], "sigmoid"), gn.Split(np.eye(3), y))
    assert given.classes == ("0", "1")
    assert given.true.tolist() == [1, 0, 1]
    assert given.predicted.tolist() == [1, 0, 0]
    # sigmoid(log 3) = 3 / 4, sigmoid(log 1/4) = 1 / 5
    np.testing.assert_allclose(given.probabilities[:2], [[0.25, 0.75], [0.8, 0.2]], rtol=1e-12)


def test_outputs_that_are_no_probabilities_are_not_called_so():
    given = answers(network_with_outputs([[2.0, -1.0], [0.5, 3.0]]), gn.Split(np.eye(2), np.array([0, 1])))
    assert given.predicted.tolist() == [0, 1]
    assert given.probabilities is None


# --- confusion matrix -----------------------------------------------------------------------------------------


def test_a_class_without_samples_has_no_share_that_is_recognised():
    true, predicted = np.array([0, 0, 0, 1]), np.array([0, 0, 2, 2])
    figure = draw_confusion_matrix(Answers(("a", "b", "c"), true, predicted, None))
    (beside,) = figure.axes[0].child_axes
    shown = [label.get_text() for label in beside.get_yticklabels()]
    # Two of three a are right, the only b is wrong, and there is no c.
    assert shown == ["66.7%", "0.0%", "no samples"]


def test_confusion_matrix_has_a_row_for_each_true_class():
    assert confusion_matrix(THREE).tolist() == [[1, 1, 0], [1, 1, 0], [1, 0, 0]]


def test_each_cell_shows_its_number_in_its_place():
    panel = draw_confusion_matrix(THREE).axes[0]
    shown = {text.get_position(): text.get_text() for text in panel.texts}
    # A position is (column, row).
    assert shown == {(column, row): ["110", "110", "100"][row][column] for row in range(3) for column in range(3)}
    assert [label.get_text() for label in panel.get_yticklabels()] == ["ant", "bee", "cat"]
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("predicted class", "true class")
    assert "3 of 5 wrong (60.00%)" in panel.figure.get_suptitle()


def test_a_rare_mistake_has_a_colour_that_is_seen():
    true = np.repeat([0, 1], [10_000, 10_000])
    predicted = true.copy()
    predicted[0] = 1
    image = draw_confusion_matrix(Answers(("no", "yes"), true, predicted, None)).axes[0].images[0].get_array()
    # white is 255, 255, 255; a mistake is orange: much red, little blue
    assert image[1, 0, :3].tolist() == [255, 255, 255]
    red, _, blue = image[0, 1, :3] / 255
    assert red - blue > 0.4


def test_many_classes_are_drawn_without_numbers():
    true = np.arange(60)
    panel = draw_confusion_matrix(Answers(tuple(map(str, range(60))), true, true, None)).axes[0]
    assert len(panel.texts) == 0
    assert len(panel.get_xticks()) <= 20


def test_a_class_that_has_no_samples_is_drawn(tmp_path):
    given = answered([0, 0], [[0.9, 0.1], [0.2, 0.8]])
    save_figure(draw_confusion_matrix(given), tmp_path / "matrix.png")
    assert (tmp_path / "matrix.png").stat().st_size > 0


# --- worst mistakes ---------------------------------------------------------------------------------------------


def test_the_mistake_with_the_highest_cross_entropy_comes_first():
    # probabilities of the true class: sample 4 has 0.01, sample 3 has 0.1, sample 1 has 0.3; 0 and 2 are right
    assert worst_mistakes(THREE).tolist() == [4, 3, 1]


def test_each_image_has_both_classes_with_their_probabilities():
    images = np.arange(5 * 4 * 4, dtype=np.uint8).reshape(5, 4, 4, 1)
    figure = draw_worst_mistakes(images, THREE)
    assert texts(figure)[:3] == [
        ["true cat: 1.0%", "predicted ant: 98.0%"],
        ["true bee: 10.0%", "predicted ant: 50.0%"],
        ["true ant: 30.0%", "predicted bee: 60.0%"],
    ]
    assert texts(figure)[3:] == [[], []]
    for panel, index in zip(figure.axes, [4, 3, 1], strict=False):
        np.testing.assert_allclose(panel.images[0].get_array(), images[index, :, :, 0] / 255)
    assert "3 of 3" in figure.get_suptitle()


def test_of_many_mistakes_25_are_shown():
    probabilities = np.tile([0.9, 0.1], (60, 1))
    probabilities[:, 1] -= np.arange(60) / 1000
    figure = draw_worst_mistakes(np.zeros((60, 5, 5, 3), np.uint8), answered([1] * 60, probabilities))
    assert len(figure.axes) == 25
    assert figure.axes[0].texts[0].get_text() == "true 1: 4.1%"
    assert "25 of 60" in figure.get_suptitle()


def test_a_tiny_probability_is_not_shown_as_none():
    figure = draw_worst_mistakes(np.zeros((1, 5, 5, 1)), answered([1], [[0.99999, 0.00001]]))
    assert texts(figure)[0] == ["true 1: < 0.1%", "predicted 0: 100.0%"]


@pytest.mark.parametrize(
    ("shape", "image"),
    [
        ((28, 28, 1), True),
        ((8, 9, 3), True),
        ((28, 28), False),
        ((28, 28, 2), False),
        ((2,), False),
        ((1, 9, 1), False),
    ],
)
def test_which_samples_are_images(shape, image):
    assert is_image(shape) is image


# --- decision surface -------------------------------------------------------------------------------------------


def plane_split_at_one_half():
    """A network whose answer depends on the first input alone: class 1 to the right of 0.5."""
    network = gn.Network("dense(1) sigmoid").build((2,), dtype="float64")
    network.parameters["0.weights"][:] = [[20], [0]]
    network.parameters["0.bias"][:] = -10
    return network


def test_the_line_is_where_the_answer_changes():
    network = plane_split_at_one_half()
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float64)
    given = answers(network, gn.Split(points, np.array([0, 0, 1, 1])), ("left", "right"))
    panel = draw_decision_surface(network, points, given).axes[0]
    (line,) = [path for each in panel.collections if hasattr(each, "levels") for path in each.get_paths()]
    np.testing.assert_allclose(line.vertices[:, 0], 0.5, atol=1e-3)
    ground = panel.images[0].get_array()
    left, right = ground[:, :100].reshape(-1, 3), ground[:, -100:].reshape(-1, 3)
    assert left[:, 2].min() > left[:, 0].max()  # blue
    assert right[:, 0].min() > right[:, 2].max()  # orange
    assert {text.get_text() for text in panel.texts} == {"left: 100.0%", "right: 100.0%"}


def test_a_surface_of_three_classes_and_one_of_a_single_answer_are_drawn(tmp_path):
    points = np.random.default_rng(0).normal(size=(40, 2))
    network = gn.Network("dense(3) softmax").build((2,))
    given = answers(network, gn.Split(points, np.arange(40) % 3))
    save_figure(draw_decision_surface(network, points, given), tmp_path / "three.png")
    network.flat_parameters[:] = 0
    network.parameters["0.bias"][:] = [5, 0, 0]
    given = answers(network, gn.Split(np.zeros((3, 2)), np.array([0, 1, 2])))
    save_figure(draw_decision_surface(network, np.zeros((3, 2)), given), tmp_path / "one.png")
    assert {each.name for each in tmp_path.iterdir()} == {"three.png", "one.png"}


# --- which are drawn ----------------------------------------------------------------------------------------------


def history():
    given = gn.History()
    given.append({"loss": 1.0, "accuracy": 0.5})
    given.append({"loss": 0.5, "accuracy": 0.75})
    return given


def test_no_mistakes_no_picture_of_them(tmp_path):
    network = gn.Network("flatten dense(2) softmax").build((4, 4, 1))
    network.flat_parameters[:] = 0
    network.parameters["1.bias"][:] = [1, 0]
    images = np.zeros((3, 4, 4, 1), np.uint8)
    right = gn.Split(images, np.array([0, 0, 0]))
    assert draw_pictures(tmp_path, history(), network, right, "classification", ()) == [
        "history.png",
        "confusion_matrix.png",
    ]
    wrong = gn.Split(images, np.array([0, 1, 0]))
    assert "worst_mistakes.png" in draw_pictures(tmp_path, history(), network, wrong, "classification", ())


# --- thresholds, residuals, importance --------------------------------------------------------------------------


def drawn_for(tmp_path, network, split, task, classes=()):
    history = network.fit(split, loss="bce" if task == "classification" else "mse", optimizer="sgd(lr=1e-6)")
    return draw_pictures(tmp_path, history, network, split, task, classes)


def test_two_classes_get_the_pictures_of_their_threshold(tmp_path):
    network = gn.Network("dense(1) sigmoid").build((3,))
    split = gn.Split(np.eye(3, dtype=np.float32), np.array([0, 1, 1]))
    names = drawn_for(tmp_path, network, split, "classification", ("no", "yes"))
    assert {"roc.png", "precision_recall.png", "calibration.png", "importance.png"} <= set(names)


def test_a_threshold_needs_both_classes(tmp_path):
    network = gn.Network("dense(1) sigmoid").build((3,))
    split = gn.Split(np.eye(3, dtype=np.float32), np.array([1, 1, 1]))
    assert "roc.png" not in drawn_for(tmp_path, network, split, "classification", ("no", "yes"))


def test_a_regression_gets_its_residuals_and_the_importance_of_columns(tmp_path):
    network = gn.Network("dense(1)").build((3,))
    split = gn.Split(np.eye(3, dtype=np.float32), np.ones((3, 1)))
    assert drawn_for(tmp_path, network, split, "regression") == ["history.png", "residuals.png", "importance.png"]


def test_inputs_of_one_column_count_as_one():
    rng = np.random.default_rng(0)
    rows = [
        {"city": city, "age": float(age), "sum": float(age) * 2 + 500 * (city == "Ulm")}
        for city, age in zip(rng.choice(["Bonn", "Ulm", "Kiel"], 200), rng.integers(20, 60, 200), strict=True)
    ]
    network = gn.Network("dense(1)")
    network.fit(rows, target="sum", optimizer="adam(lr=0.1)", epochs=60)
    split = network.preprocessing.split(rows)
    figure = draw_importance(network, split, "regression")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    bars = dict(zip(names, [bar.get_width() for bar in figure.axes[0].patches], strict=True))
    assert names == ["city", "age"]
    # The variance of 500 (city is Ulm) is 55,600, that of 2 age is 545: the first alone makes R² fall by nearly 2.
    assert bars["city"] == pytest.approx(2, abs=0.4)
    assert bars["age"] < 0.05


def test_residuals_are_in_the_units_of_the_target(tmp_path, monkeypatch):
    rows = [{"age": float(age), "price": 1000.0 * age} for age in range(40)]
    network = gn.Network("dense(1)")
    history = network.fit(rows, target="price", optimizer="adam(lr=0.1)", epochs=60)
    drawn = []
    monkeypatch.setattr(plots, "save_figure", lambda figure, path: drawn.append((path.name, figure)))
    draw_pictures(tmp_path, history, network, network.preprocessing.split(rows), "regression", ())
    figure = dict(drawn)["residuals.png"]
    assert figure.axes[0].get_title(loc="left") == "Predicted and true price"
    true, predicted = figure.axes[0].collections[0].get_offsets().T
    np.testing.assert_allclose(true, 1000.0 * np.arange(40), rtol=1e-5, atol=0.1)
    np.testing.assert_allclose(predicted, true, atol=2000)


def test_images_have_no_columns():
    network = gn.Network("flatten dense(1)").build((2, 2, 1))
    assert draw_importance(network, gn.Split(np.zeros((2, 2, 2, 1)), np.zeros((2, 1))), "regression") is None
