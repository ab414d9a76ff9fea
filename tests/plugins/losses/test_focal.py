from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_loss

FLOAT32 = np.dtype("float32")
P = np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])
LABELS = np.array([2, 1])


def focal(*values, **options):
    return gn.losses.focal(*values, **options)


def of_sigmoid(*values, **options):
    return focal(*values, **options).fuse(gn.activations.sigmoid())


def of_softmax(*values, **options):
    return focal(*values, **options).fuse(gn.activations.softmax())


def column(*values, dtype="float64"):
    return np.array(values, dtype)[:, None]


def test_a_yes_counts_alpha_and_a_no_the_rest():
    # Yes with 0.8: 1/4 · 0.2². No with 0.8: 3/4 · 0.8².
    y_pred, y_true = column(0.8, 0.8), column(1, 0)
    expected = -(0.25 * 0.2**2 * math.log(0.8) + 0.75 * 0.8**2 * math.log(0.2)) / 2

    assert focal().forward(y_pred, y_true) == pytest.approx(expected, rel=1e-14)
    # The sigmoid of ln 4 is 0.8.
    assert of_sigmoid().forward(np.full((2, 1), math.log(4)), y_true) == pytest.approx(expected, rel=1e-14)


def test_without_alpha_both_count_1():
    expected = -(0.2**3 * math.log(0.8) + 0.8**3 * math.log(0.2)) / 2

    assert focal(3, None).forward(column(0.8, 0.8), column(1, 0)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("y_true", [LABELS, np.eye(3)[LABELS]], ids=["labels", "one-hot"])
def test_of_classes_the_true_one_counts(y_true):
    y_true = focal().prepare_targets(y_true, (3,), FLOAT32)
    expected = -0.25 * (0.3**2 * math.log(0.7) + 0.75**2 * math.log(0.25)) / 2

    assert focal().forward(P, y_true) == pytest.approx(expected, rel=1e-14)
    assert of_softmax().forward(np.log(P) + 3, y_true) == pytest.approx(expected, rel=1e-13)


def test_gradients_worked_out_by_hand():
    # d/dp of -(1 - p)² ln p is 2 (1 - p) ln p - (1 - p)² / p.
    gradient = focal(alpha=None).backward(P, LABELS)

    expected = np.zeros((2, 3))
    for row, label, p in [(0, 2, 0.7), (1, 1, 0.25)]:
        expected[row, label] = (2 * (1 - p) * math.log(p) - (1 - p) ** 2 / p) / 2
    np.testing.assert_allclose(gradient, expected, rtol=1e-14)


def test_gradients_of_yes_and_no_worked_out_by_hand():
    # At p = 1/2 and gamma 1: ln p - (1 - p) / p = -ln 2 - 1 for yes, the opposite for no; sigmoid' is 1/4.
    y_pred, y_true = column(0.5, 0.5), column(1, 0)
    slope = math.log(2) + 1

    expected = column(-0.25 * slope / 2, 0.75 * slope / 2)
    np.testing.assert_allclose(focal(1).backward(y_pred, y_true), expected, rtol=1e-14)
    np.testing.assert_allclose(of_sigmoid(1).backward(np.zeros((2, 1)), y_true), expected / 4, rtol=1e-14)


@pytest.mark.parametrize("logits", [False, True])
def test_with_gamma_0_it_is_the_cross_entropy(logits):
    rng = np.random.default_rng(0)
    z, labels, yes = rng.normal(size=(5, 4)), rng.integers(0, 4, 5), rng.integers(0, 2, (5, 4)).astype(float)
    q = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    plain = {"alpha": None, "from_logits": logits}
    classes, answers = focal(0, **plain), focal(0, independent=True, **plain)
    cce, bce = gn.losses.cce(from_logits=logits), gn.losses.bce(from_logits=logits)
    y_pred = z if logits else q

    assert classes.forward(y_pred, labels) == pytest.approx(cce.forward(y_pred, labels), rel=1e-13)
    assert answers.forward(y_pred, yes) == pytest.approx(bce.forward(y_pred, yes), rel=1e-13)
    np.testing.assert_allclose(classes.backward(y_pred, labels), cce.backward(y_pred, labels), rtol=1e-12)
    np.testing.assert_allclose(answers.backward(y_pred, yes), bce.backward(y_pred, yes), rtol=1e-12)


def test_what_is_easy_counts_little():
    # With gamma 2, p = 0.9 costs a hundredth of its cross-entropy; p = 0.5 a quarter. Lin et al., section 3.2.
    for p, share in [(0.9, 0.01), (0.5, 0.25)]:
        assert focal(2, None).forward(column(p), column(1)) == pytest.approx(-share * math.log(p), rel=1e-13)


def test_fusing_does_not_change_the_number():
    rng = np.random.default_rng(0)
    z, labels, yes = rng.normal(size=(20, 3)) * 3, rng.integers(0, 3, 20), rng.integers(0, 2, (20, 3)).astype(float)
    softmax, sigmoid = gn.activations.softmax().forward(z), gn.activations.sigmoid().forward(z)

    assert of_softmax().forward(z, labels) == pytest.approx(focal().forward(softmax, labels), rel=1e-12)
    expected = focal(independent=True).forward(sigmoid, yes)
    assert of_sigmoid(independent=True).forward(z, yes) == pytest.approx(expected, rel=1e-12)


def test_what_fuses():
    softmax, sigmoid = gn.activations.softmax(), gn.activations.sigmoid()

    assert focal().fuse(gn.activations.tanh()) is None
    assert focal(from_logits=True).fuse(softmax) is None
    assert focal(from_logits=True).fuse(sigmoid) is None
    assert (focal().prediction_type, focal(from_logits=True).prediction_type) == ("probabilities", "logits")


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2, 5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_ends_are_safe(gamma, dtype):
    z = np.array([[1e4, -1e4], [-1e4, 1e4], [88, -104], [0, 0]], dtype)
    for loss, y_pred in [
        (of_softmax(gamma), z),
        (focal(gamma), np.array([[1, 0], [0, 1], [1, 0], [0.5, 0.5]], dtype)),
    ]:
        labels = np.array([0, 0, 1, 1])
        assert math.isfinite(loss.forward(y_pred, labels))
        assert np.isfinite(loss.backward(y_pred, labels)).all()
    for loss, y_pred in [
        (of_sigmoid(gamma, independent=True), z),
        (focal(gamma, independent=True), np.array([[1, 0], [0, 1], [1, 0], [0.5, 0.5]], dtype)),
    ]:
        yes = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype)
        assert math.isfinite(loss.forward(y_pred, yes))
        assert np.isfinite(loss.backward(y_pred, yes)).all()


def test_what_is_fully_wrong_is_still_pushed_the_right_way():
    z = column(1e4, -1e4, dtype="float32")

    # alpha and 1 - alpha over n: at p = 0 the derivative with respect to log p is -1.
    np.testing.assert_allclose(of_sigmoid().backward(z, column(0, 1, dtype="float32")), column(0.375, -0.125))
    assert of_sigmoid().forward(z, column(0, 1, dtype="float32")) == 1e4 / 2


def test_being_exactly_right_costs_plus_zero():
    right, labels = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1, 0])

    for loss, y_pred in [(focal(), right), (of_softmax(), right * 2e4 - 1e4)]:
        value = loss.forward(y_pred, labels)
        assert (value, math.copysign(1, value)) == (0, 1)


def test_epsilon_is_the_smallest_probability_that_counts():
    loss = focal(0, None, epsilon=0.01)

    assert loss.forward(np.array([[0.001, 0.999]]), np.array([0])) == pytest.approx(-math.log(0.01), rel=1e-15)


def test_rows_for_several_sigmoids_need_to_be_called_independent():
    y = np.array([[1, 1, 0]])

    with pytest.raises(gn.DataError, match="focal: the targets of sample 0 are no distribution"):
        focal().prepare_targets(y, (3,), FLOAT32)
    np.testing.assert_array_equal(focal(independent=True).prepare_targets(y, (3,), FLOAT32), y)


def test_fusing_with_another_activation_changes_no_number():
    rng = np.random.default_rng(0)
    z, labels, yes = rng.normal(size=(6, 3)), rng.integers(0, 3, 6), rng.integers(0, 2, (6, 3)).astype(float)
    sigmoid, softmax = 1 / (1 + np.exp(-z)), np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    # Classes behind a sigmoid: only the true one's output counts. Yes and no behind a softmax.
    chosen = sigmoid[np.arange(6), labels]
    of_classes = -0.25 * np.mean((1 - chosen) ** 2 * np.log(chosen))
    of_answers = -np.mean(
        0.25 * yes * (1 - softmax) ** 2 * np.log(softmax) + 0.75 * (1 - yes) * softmax**2 * np.log(1 - softmax)
    )
    assert of_sigmoid().forward(z, labels) == pytest.approx(of_classes, rel=1e-13)
    assert of_softmax(independent=True).forward(z, yes) == pytest.approx(of_answers, rel=1e-13)
    assert check_loss(of_sigmoid(), z, labels) <= 1e-6
    assert check_loss(of_softmax(independent=True), z, yes) <= 1e-6


@pytest.mark.parametrize("wrong", [-1, 2])
def test_a_target_outside_0_to_1_is_refused(wrong):
    with pytest.raises(gn.DataError, match=r"focal: target .* at sample 1 is outside 0\.\.1"):
        focal().prepare_targets(np.array([0, wrong]), (1,), FLOAT32)


@pytest.mark.parametrize(
    ("last", "loss", "outputs"),
    [
        ("sigmoid", "focal", 1),
        ("sigmoid", "focal(independent=True)", 3),
        ("softmax", "focal", 3),
        ("linear", "focal(from_logits=True)", 3),
        ("linear", "focal(from_logits=True)", 1),
    ],
)
def test_gradients_of_a_network(last, loss, outputs):
    network = gn.Network(["dense(4)", "tanh", f"dense({outputs})", last]).build((3,), seed=0)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (6, outputs)) if "independent" in loss else rng.integers(0, max(2, outputs), 6)

    errors = gn.check_gradients(network, rng.normal(size=(6, 3)), y, loss)

    assert max(errors.values()) <= 1e-6
