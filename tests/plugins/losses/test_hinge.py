from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

FLOAT32 = np.dtype("float32")
# Right by more than the margin, right by less, wrong; and the same for no.
SCORES = np.array([[2.0], [0.25], [-1.0], [-2.0], [-0.25], [1.0]])
YES = np.array([[1.0], [1.0], [1.0], [-1.0], [-1.0], [-1.0]])
# The last axis has three classes; the true ones are 0 and 2.
Z, LABELS = np.array([[3.0, 2.5, 0.0], [1.0, -1.0, 0.5]]), np.array([0, 2])


def hinge(**options):
    return gn.losses.hinge(**options)


@pytest.mark.parametrize("y_true", [YES, (YES + 1) / 2], ids=["-1 and 1", "0 and 1"])
def test_what_is_lacking_to_the_margin_is_the_loss(y_true):
    # 0, 3/4, 2 twice.
    assert hinge().forward(SCORES, y_true) == 5.5 / 6


@pytest.mark.parametrize("y_true", [YES, (YES + 1) / 2], ids=["-1 and 1", "0 and 1"])
def test_the_gradient_pushes_to_the_right_side_of_the_margin(y_true):
    gradient = hinge().backward(SCORES, y_true)

    np.testing.assert_allclose(gradient, np.array([[0], [-1], [-1], [0], [1], [1]]) / 6, rtol=1e-15)


def test_each_class_costs_what_the_true_one_lacks_to_a_lead_of_1():
    # First: class 1 is 1/2 behind, so 1/2; class 2 is 3 behind. Second: class 0 is 1/2 ahead, so 3/2; class 1 is 3/2
    # behind. Over three classes and two samples.
    assert hinge().forward(Z, LABELS) == pytest.approx((0.5 + 1.5) / 3 / 2, rel=1e-15)


def test_gradients_of_classes_worked_out_by_hand():
    gradient = hinge().backward(Z, LABELS)

    np.testing.assert_allclose(gradient, np.array([[-1, 1, 0], [1, 0, -1]]) / 6, rtol=1e-15)


def test_independent_outputs_are_questions_of_their_own():
    y_true = np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])

    # Third question of the first sample: 1. Second sample: 2, 0, 1/2. Second question of the first sample: 3.5.
    value = hinge(independent=True).forward(Z, y_true)

    assert value == pytest.approx((1 + 3.5 + 2 + 0.5) / 6, rel=1e-15)


def test_a_margin_of_exactly_1_is_enough():
    assert not hinge().backward(np.array([[1.0], [-1.0]]), np.array([[1.0], [-1.0]])).any()
    assert not hinge().backward(np.array([[2.0, 1.0]]), np.array([0])).any()


def test_labels_and_one_hot_rows_become_the_same_targets():
    for targets in (LABELS, np.eye(3)[LABELS], np.eye(3, dtype=bool)[LABELS]):
        np.testing.assert_array_equal(hinge().prepare_targets(targets, (3,), FLOAT32), LABELS)


def test_a_plain_column_fits_one_output():
    np.testing.assert_array_equal(hinge().prepare_targets(np.array([0, 1]), (1,), FLOAT32), [[0], [1]])
    np.testing.assert_array_equal(hinge().prepare_targets(np.array([-1, 1]), (1,), FLOAT32), [[-1], [1]])


@pytest.mark.parametrize(
    ("y", "wrong"), [([0, 1, 2], 2.0), ([-1, 1, 0], 0.0), ([0, 1, 0.5], 0.5), ([0, float("nan"), 1], float("nan"))]
)
def test_targets_that_are_neither_yes_nor_no_are_named(y, wrong):
    place = 1 if wrong != wrong else 2

    with pytest.raises(gn.DataError, match=rf"hinge: target {wrong} at sample {place} is neither yes nor no"):
        hinge().prepare_targets(np.array(y), (1,), FLOAT32)


@pytest.mark.parametrize("row", [[0.5, 0.5, 0], [0.9996, 0.0004, 0]])
def test_rows_that_name_no_single_class_are_refused(row):
    with pytest.raises(gn.DataError, match="hinge: the targets of sample 1 name no single class"):
        hinge().prepare_targets(np.array([[0, 1, 0], row]), (3,), FLOAT32)


def test_rows_of_several_yeses_are_refused_unless_outputs_are_independent():
    y = np.array([[1, 1, 0], [0, 0, 0]])

    with pytest.raises(gn.DataError, match="hinge: the targets of sample 0 are no distribution"):
        hinge().prepare_targets(y, (3,), FLOAT32)
    np.testing.assert_array_equal(hinge(independent=True).prepare_targets(y, (3,), FLOAT32), y)


def test_scores_up_to_1e4_are_exact_in_float32():
    z, y_true = np.array([[1e4], [1e4]], "float32"), np.array([[1], [-1]], "float32")

    assert hinge().forward(z, y_true) == 10001 / 2
    np.testing.assert_array_equal(hinge().backward(z, y_true), [[0], [0.5]])


def test_an_activation_that_squashes_the_scores_is_warned_of():
    network = gn.Network(["dense(2)", "softmax"]).build((3,))

    with pytest.warns(gn.GlassnetWarning, match="hinge expects logits, and 'softmax' turns them into distribution"):
        network.evaluate(np.zeros((2, 3)), np.array([0, 1]), loss="hinge", metrics=[])


@pytest.mark.parametrize("layers", [["dense(4)", "tanh", "dense(1)"], ["dense(4)", "tanh", "dense(3)"]])
def test_gradients_of_a_network(layers):
    network = gn.Network(layers).build((3,), seed=0)
    rng = np.random.default_rng(0)

    errors = gn.check_gradients(network, rng.normal(size=(6, 3)), rng.integers(0, 2, 6), "hinge")

    assert max(errors.values()) <= 1e-6
