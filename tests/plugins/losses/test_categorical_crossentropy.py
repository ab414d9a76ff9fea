from __future__ import annotations

import math
from contextlib import nullcontext as does_not_warn

import numpy as np
import pytest

import glassnet as gn

FLOAT32 = np.dtype("float32")
P = np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])
LABELS = np.array([2, 1])
ONE_HOT = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
BOTH_FORMS = pytest.mark.parametrize("y_true", [LABELS, ONE_HOT], ids=["labels", "one-hot"])


def cce():
    return gn.losses.categorical_crossentropy()


def fused():
    return cce().fuse(gn.activations.softmax())


@BOTH_FORMS
def test_the_value_is_the_mean_over_samples_of_minus_the_logarithm(y_true):
    # The true classes have the probabilities 0.7 and 0.25.
    expected = -(math.log(0.7) + math.log(0.25)) / 2

    assert cce().forward(P, y_true) == pytest.approx(expected, rel=1e-15)


@BOTH_FORMS
def test_gradients_worked_out_by_hand(y_true):
    gradient = cce().backward(P, y_true)

    np.testing.assert_allclose(gradient, [[0, 0, -1 / 0.7 / 2], [0, -4 / 2, 0]], rtol=1e-15)


@BOTH_FORMS
@pytest.mark.parametrize("offset", [0.0, 7.0, -200.0])
def test_fused_values_and_gradients_worked_out_by_hand(y_true, offset):
    # The softmax of logarithms of probabilities is those probabilities, for any constant added to a row.
    z = np.log(P) + offset

    assert fused().forward(z, y_true) == pytest.approx(-(math.log(0.7) + math.log(0.25)) / 2, rel=1e-13)
    expected = [[0.1 / 2, 0.2 / 2, -0.3 / 2], [0.5 / 2, -0.75 / 2, 0.25 / 2]]
    np.testing.assert_allclose(fused().backward(z, y_true), expected, rtol=1e-12)


def test_soft_targets_weigh_each_class():
    t = np.array([[0.2, 0.3, 0.5]])
    expected = -(0.2 * math.log(0.1) + 0.3 * math.log(0.2) + 0.5 * math.log(0.7))

    assert cce().forward(P[:1], t) == pytest.approx(expected, rel=1e-15)
    assert fused().forward(np.log(P[:1]), t) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(cce().backward(P[:1], t), [[-0.2 / 0.1, -0.3 / 0.2, -0.5 / 0.7]], rtol=1e-15)
    np.testing.assert_allclose(fused().backward(np.log(P[:1]), t), [[-0.1, -0.1, 0.2]], rtol=1e-13)


def test_axes_between_batch_and_classes_count_as_samples():
    # One batch of two samples, or two steps of one sample: the mean is over both, not over one.
    steps, labels = P.reshape(1, 2, 3), LABELS.reshape(1, 2)
    expected = -(math.log(0.7) + math.log(0.25)) / 2

    assert cce().forward(steps, labels) == pytest.approx(expected, rel=1e-15)
    assert cce().forward(steps, ONE_HOT.reshape(1, 2, 3)) == pytest.approx(expected, rel=1e-15)
    assert fused().forward(np.log(steps), labels) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(cce().backward(steps, labels)[0, 1], [0, -2, 0], rtol=1e-15)


def test_fusing_does_not_change_the_number():
    rng = np.random.default_rng(0)
    z, y_true = rng.normal(size=(50, 4)) * 3, rng.integers(0, 4, 50)
    p = np.array([[math.exp(v) / sum(math.exp(u) for u in row) for v in row] for row in z])

    assert fused().forward(z, y_true) == pytest.approx(cce().forward(p, y_true), rel=1e-12)


def test_training_and_predictions_agree_on_the_loss_of_a_network():
    network = gn.Network(["dense(8)", "relu", "dense(4)", "softmax"]).build((3,), seed=0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)).astype("float32"), rng.integers(0, 4, 40)

    figures = network.evaluate(x, y, loss="cce", metrics=[])

    p = network.predict(x).astype("float64")
    assert figures["loss"] == pytest.approx(-np.mean([math.log(p[i, y[i]]) for i in range(40)]), rel=1e-6)


@pytest.mark.parametrize("form", ["labels", "one-hot"])
@pytest.mark.parametrize("last", ["softmax", "linear"])
def test_gradients_of_a_network_with_and_without_fusing(last, form):
    # A linear behind the softmax keeps the loss from fusing.
    layers = ["dense(4)", "tanh", "dense(3)", "softmax"]
    network = gn.Network(layers if last == "softmax" else [*layers, "linear"]).build((3,), seed=0)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 6)

    with pytest.warns(gn.GlassnetWarning, match="expects distribution") if last == "linear" else does_not_warn():
        errors = gn.check_gradients(network, rng.normal(size=(6, 3)), y if form == "labels" else np.eye(3)[y], "cce")

    assert max(errors.values()) <= 1e-6


@BOTH_FORMS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_0_and_1_are_safe(dtype, y_true):
    # The first sample is fully right, the second fully wrong.
    p = np.array([[0, 0, 1], [1, 0, 0]], dtype)
    y_true = y_true.astype(dtype) if y_true.ndim == 2 else y_true

    value, gradient = cce().forward(p, y_true), cce().backward(p, y_true)

    assert value == pytest.approx(-math.log(1e-12) / 2, rel=1e-6)
    assert np.isfinite(gradient).all()
    np.testing.assert_array_equal(np.sign(gradient), [[0, 0, -1], [0, -1, 0]])
    assert gradient.dtype == dtype


def test_being_exactly_right_costs_plus_zero():
    right = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])

    for loss, y_pred in [(cce(), right), (fused(), right * 2e4 - 1e4)]:
        for y_true in (LABELS, ONE_HOT):
            value = loss.forward(y_pred, y_true)
            assert (value, math.copysign(1, value)) == (0, 1)


def test_epsilon_is_the_smallest_probability_that_counts():
    loss, p = gn.losses.categorical_crossentropy(epsilon=0.01), np.array([[0.001, 0.999]])

    assert loss.forward(p, np.array([0])) == pytest.approx(-math.log(0.01), rel=1e-15)
    np.testing.assert_allclose(loss.backward(p, np.array([0])), [[-100, 0]], rtol=1e-15)


def test_the_smallest_epsilon_is_safe_in_float32():
    loss, p = gn.losses.categorical_crossentropy(epsilon=1e-30), np.array([[0, 1]], "float32")

    assert loss.forward(p, np.array([0])) == pytest.approx(30 * math.log(10), rel=1e-6)
    assert np.isfinite(loss.backward(p, np.array([0]))).all()


@BOTH_FORMS
def test_fused_values_up_to_1e4_are_exact_in_float32(y_true):
    z = np.array([[-1e4, 0, 1e4], [1e4, -1e4, 1e4]], "float32")

    # The first is right; the second has two equal favourites and the true class 20,000 below: ln 2 is lost in it.
    assert fused().forward(z, y_true) == pytest.approx((2e4 + math.log(2)) / 2, rel=1e-7)
    np.testing.assert_array_equal(fused().backward(z, y_true), [[0, 0, 0], [0.25, -0.5, 0.25]])


def test_only_a_softmax_activation_fuses():
    class Mine(gn.Activation):
        inverse_link = "softmax"

    assert cce().fuse(gn.activations.sigmoid()) is None
    assert cce().fuse(gn.activations.linear()) is None
    assert cce().fuse(Mine()) is not None
    assert fused().prediction_type == "logits"


# --- targets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "uint64", "float32", "float64"])
def test_labels_of_any_type_that_holds_whole_numbers_are_taken(dtype):
    targets = cce().prepare_targets(np.array([0, 9, 3], dtype), (10,), FLOAT32)

    np.testing.assert_array_equal(targets, [0, 9, 3])
    assert targets.dtype.kind == "i"


def test_true_and_false_are_labels_of_two_classes():
    np.testing.assert_array_equal(cce().prepare_targets(np.array([True, False]), (2,), FLOAT32), [1, 0])


@pytest.mark.parametrize("rows", [np.eye(3)[[2, 0]], np.eye(3, dtype=int)[[2, 0]], np.eye(3, dtype=bool)[[2, 0]]])
def test_one_hot_rows_get_the_networks_type(rows):
    targets = cce().prepare_targets(rows, (3,), FLOAT32)

    np.testing.assert_array_equal(targets, [[0, 0, 1], [1, 0, 0]])
    assert targets.dtype == np.float32


def test_soft_rows_that_were_rounded_to_half_precision_are_taken():
    rows = np.full((2, 7), 1 / 7, "float16")

    assert cce().prepare_targets(rows, (7,), FLOAT32).shape == (2, 7)


def test_labels_and_rows_with_more_axes_are_taken():
    assert cce().prepare_targets(np.zeros((2, 5), int), (5, 3), FLOAT32).shape == (2, 5)
    assert cce().prepare_targets(np.eye(3)[np.zeros((2, 5), int)], (5, 3), FLOAT32).shape == (2, 5, 3)


@pytest.mark.parametrize("wrong", [10, 255, -1])
def test_a_label_out_of_range_is_named_with_its_sample(wrong):
    with pytest.raises(
        gn.DataError, match=f"categorical_crossentropy: label {wrong} at sample 3 is none of 0..9; number the classes"
    ):
        cce().prepare_targets(np.array([0, 9, 5, wrong, 10]), (10,), FLOAT32)


@pytest.mark.parametrize("wrong", [2.5, float("nan"), float("inf"), -0.5])
def test_a_label_that_is_no_whole_number_is_named_with_its_sample(wrong):
    with pytest.raises(gn.DataError, match=f"label {wrong} at sample 1 is none of 0..9"):
        cce().prepare_targets(np.array([1.0, wrong]), (10,), FLOAT32)


def test_a_label_out_of_range_is_found_behind_more_axes():
    with pytest.raises(gn.DataError, match=r"label 3 at sample 1 is none of 0..2"):
        cce().prepare_targets(np.array([[0, 1], [2, 3]]), (2, 3), FLOAT32)


@pytest.mark.parametrize(
    ("row", "sum_of_row"),
    [([0, 1, 1], "2"), ([0, 0, 0], "0"), ([0.2, 0.2, 0.5], "0.9"), ([0.5, 0.499, 0.003], "1.002")],
)
def test_rows_that_do_not_sum_to_1_are_named_with_their_sample(row, sum_of_row):
    y = np.array([[0, 1, 0], [1, 0, 0], row])

    with pytest.raises(gn.DataError, match=rf"the targets of sample 2 are no distribution.* sum to {sum_of_row}; give"):
        cce().prepare_targets(y, (3,), FLOAT32)


@pytest.mark.parametrize("row", [[-0.5, 0.5, 1.0], [float("nan"), 0.5, 0.5]])
def test_rows_that_sum_to_1_but_are_no_probabilities_are_refused(row):
    with pytest.raises(gn.DataError, match="the targets of sample 1 are no distribution"):
        cce().prepare_targets(np.array([[0, 1, 0], row]), (3,), FLOAT32)


@pytest.mark.parametrize("shape", [(4, 9), (4, 1), (4, 10, 1), (4, 2, 10)])
def test_rows_of_another_width_are_refused(shape):
    with pytest.raises(
        gn.ShapeError,
        match=r"categorical_crossentropy expects labels of shape \(batch\) or one-hot rows of shape \(batch, 10\), got",
    ):
        cce().prepare_targets(np.zeros(shape), (10,), FLOAT32)


def test_a_network_without_a_class_axis_is_refused():
    with pytest.raises(gn.ShapeError, match="categorical_crossentropy expects"):
        cce().prepare_targets(np.zeros(4), (), FLOAT32)


def test_the_fused_loss_checks_targets_as_well():
    with pytest.raises(gn.DataError, match="label 3 at sample 0"):
        fused().prepare_targets(np.array([3]), (3,), FLOAT32)
    np.testing.assert_array_equal(fused().prepare_targets(np.array([2.0]), (3,), FLOAT32), [2])


def test_a_network_refuses_labels_out_of_range_before_it_trains():
    network = gn.Network(["dense(3)", "softmax"]).build((2,))
    before = network.flat_parameters.copy()

    with pytest.raises(gn.DataError, match=r"label 3 at sample 1 is none of 0\.\.2"):
        network.fit(np.ones((2, 2)), np.array([0, 3]), loss="cce", optimizer="sgd", epochs=1)

    np.testing.assert_array_equal(network.flat_parameters, before)


@BOTH_FORMS
def test_smoothing_spreads_a_part_of_each_target_over_all_classes(y_true):
    # With 0.3 of three classes: 0.8 for the true class and 0.1 for each other one.
    loss = gn.losses.cce(label_smoothing=0.3)
    expected = -(0.1 * math.log(0.1 * 0.2) + 0.8 * math.log(0.7) + 0.1 * math.log(0.5 * 0.25) + 0.8 * math.log(0.25))

    assert loss.forward(P, y_true) == pytest.approx(expected / 2, rel=1e-14)
    assert loss.fuse(gn.activations.softmax()).forward(np.log(P) + 5, y_true) == pytest.approx(expected / 2, rel=1e-13)


@BOTH_FORMS
def test_gradients_with_smoothing_worked_out_by_hand(y_true):
    loss = gn.losses.cce(label_smoothing=0.3)
    t = np.array([[0.1, 0.1, 0.8], [0.1, 0.8, 0.1]])

    np.testing.assert_allclose(loss.backward(P, y_true), -t / P / 2, rtol=1e-14)
    fused_gradient = loss.fuse(gn.activations.softmax()).backward(np.log(P), y_true)
    np.testing.assert_allclose(fused_gradient, (P - t) / 2, rtol=1e-12, atol=1e-16)


def test_with_smoothing_the_best_prediction_is_the_smoothed_target():
    loss, best = gn.losses.cce(label_smoothing=0.3, from_logits=True), np.log([[0.1, 0.1, 0.8]])

    np.testing.assert_allclose(loss.backward(best, np.array([2])), [[0, 0, 0]], atol=1e-15)


@pytest.mark.parametrize("smoothing", [-0.1, 1])
def test_smoothing_everything_is_refused(smoothing):
    with pytest.raises(gn.OptionError, match="label_smoothing must be >= 0 and < 1"):
        gn.losses.cce(label_smoothing=smoothing)


@BOTH_FORMS
def test_from_logits_it_takes_what_goes_into_a_softmax(y_true):
    loss = gn.losses.cce(from_logits=True)

    assert loss.forward(np.log(P) - 9, y_true) == pytest.approx(-(math.log(0.7) + math.log(0.25)) / 2, rel=1e-13)
    expected = [[0.1 / 2, 0.2 / 2, -0.3 / 2], [0.5 / 2, -0.75 / 2, 0.25 / 2]]
    np.testing.assert_allclose(loss.backward(np.log(P) - 9, y_true), expected, rtol=1e-12)


def test_from_logits_it_does_not_fuse_and_a_softmax_is_warned_of():
    loss = gn.losses.cce(from_logits=True)
    network = gn.Network(["dense(2)", "softmax"]).build((3,))
    network.flat_parameters[:] = 0

    assert loss.fuse(gn.activations.softmax()) is None
    with pytest.warns(gn.GlassnetWarning, match="expects logits, and 'softmax' turns them into distribution"):
        figures = network.evaluate(np.zeros((2, 3)), np.array([0, 1]), loss=loss, metrics=[])
    assert figures["loss"] == pytest.approx(math.log(2), rel=1e-6)


def test_from_logits_a_network_without_softmax_is_right_and_not_warned_of():
    network = gn.Network(["dense(4)"]).build((3,))
    network.flat_parameters[:] = 0

    figures = network.evaluate(np.zeros((2, 3)), np.array([0, 1]), loss="cce(from_logits=True)", metrics=[])

    assert figures["loss"] == pytest.approx(math.log(4), rel=1e-7)
