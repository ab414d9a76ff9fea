from __future__ import annotations

import math
from contextlib import nullcontext as does_not_warn

import numpy as np
import pytest

import glassnet as gn

FLOAT32 = np.dtype("float32")


def bce():
    return gn.losses.binary_crossentropy()


def fused():
    return bce().fuse(gn.activations.sigmoid())


def column(*values, dtype="float64"):
    return np.array(values, dtype)[:, None]


def test_the_value_is_the_mean_of_minus_the_logarithms():
    y_pred, y_true = np.array([[0.9, 0.25], [0.5, 0.2]]), np.array([[1.0, 0.0], [1.0, 1.0]])

    # The probability of what came true: 0.9, 1 - 0.25, 0.5, 0.2.
    expected = -math.log(0.9 * 0.75 * 0.5 * 0.2) / 4
    assert bce().forward(y_pred, y_true) == pytest.approx(expected, rel=1e-15)


def test_a_target_between_0_and_1_counts_both_ways():
    expected = -(0.3 * math.log(0.6) + 0.7 * math.log(0.4))

    assert bce().forward(column(0.6), column(0.3)) == pytest.approx(expected, rel=1e-15)


def test_gradients_worked_out_by_hand():
    # -1/p for yes, 1/(1-p) for no, over two elements.
    gradient = bce().backward(column(0.25, 0.2), column(1, 0))

    np.testing.assert_allclose(gradient, column(-4 / 2, 1.25 / 2), rtol=1e-15)


def test_fused_values_and_gradients_worked_out_by_hand():
    # The sigmoid of ln 3 is 3/4.
    z, y_true = column(math.log(3), math.log(3), 0), column(1, 0, 1)

    assert fused().forward(z, y_true) == pytest.approx(-math.log(0.75 * 0.25 * 0.5) / 3, rel=1e-15)
    np.testing.assert_allclose(fused().backward(z, y_true), column(-0.25 / 3, 0.75 / 3, -0.5 / 3), rtol=1e-14)


def test_fusing_does_not_change_the_number():
    rng = np.random.default_rng(0)
    z, y_true = rng.normal(size=(50, 3)) * 4, rng.integers(0, 2, (50, 3))
    probability = np.array([[1 / (1 + math.exp(-v)) for v in row] for row in z])

    assert fused().forward(z, y_true) == pytest.approx(bce().forward(probability, y_true), rel=1e-12)


def test_training_and_predictions_agree_on_the_loss_of_a_network():
    network = gn.Network(["dense(8)", "tanh", "dense(1)", "sigmoid"]).build((3,), seed=0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)).astype("float32"), rng.integers(0, 2, 40)

    figures = network.evaluate(x, y, loss="bce", metrics=[])

    p = network.predict(x)[:, 0].astype("float64")
    assert figures["loss"] == pytest.approx(-np.mean(np.log(np.where(y == 1, p, 1 - p))), rel=1e-6)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("last", ["sigmoid", "linear"])
def test_gradients_of_a_network_with_and_without_fusing(last, outputs):
    # A linear behind the sigmoid keeps the loss from fusing.
    layers = ["dense(4)", "tanh", f"dense({outputs})", "sigmoid"]
    network = gn.Network(layers if last == "sigmoid" else [*layers, "linear"]).build((3,), seed=0)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (6, outputs))

    with pytest.warns(gn.GlassnetWarning, match="expects probabilities") if last == "linear" else does_not_warn():
        errors = gn.check_gradients(network, rng.normal(size=(6, 3)), y, "bce")

    assert max(errors.values()) <= 1e-6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_0_and_1_are_safe(dtype):
    y_pred, y_true = column(1, 0, 1, 0, dtype=dtype), column(1, 0, 0, 1, dtype=dtype)

    value, gradient = bce().forward(y_pred, y_true), bce().backward(y_pred, y_true)

    # Two are right and cost nothing; two are fully wrong and cost -log(epsilon).
    assert value == pytest.approx(-math.log(1e-12) * 2 / 4, rel=1e-6)
    assert np.isfinite(gradient).all()
    # All pushes go the right way: up where yes is true.
    np.testing.assert_array_equal(np.sign(gradient), column(-1, 1, 1, -1))
    assert gradient.dtype == dtype


def test_being_exactly_right_costs_plus_zero():
    for loss, y_pred in [(bce(), column(1, 0)), (fused(), column(1e4, -1e4))]:
        value = loss.forward(y_pred, column(1, 0))
        assert (value, math.copysign(1, value)) == (0, 1)


def test_epsilon_is_the_smallest_probability_that_counts():
    loss = gn.losses.binary_crossentropy(epsilon=0.01)

    assert loss.forward(column(0.001), column(1)) == pytest.approx(-math.log(0.01), rel=1e-15)
    np.testing.assert_allclose(loss.backward(column(0.001), column(1)), [[-100]], rtol=1e-15)


@pytest.mark.parametrize("epsilon", [0, -1, 0.5, 1e-40])
def test_an_epsilon_that_float32_cannot_hold_is_refused(epsilon):
    with pytest.raises(gn.OptionError, match=r"binary_crossentropy: epsilon must be >= 1e-30 and < 0\.5"):
        gn.losses.binary_crossentropy(epsilon=epsilon)


def test_the_smallest_epsilon_is_safe_in_float32():
    loss = gn.losses.binary_crossentropy(epsilon=1e-30)
    y_pred, y_true = column(1, 0, dtype="float32"), column(0, 1, dtype="float32")

    assert loss.forward(y_pred, y_true) == pytest.approx(30 * math.log(10), rel=1e-6)
    assert np.isfinite(loss.backward(y_pred, y_true)).all()


def test_fused_values_up_to_1e4_are_exact_in_float32():
    z = column(1e4, 1e4, -1e4, -1e4, dtype="float32")
    y_true = column(1, 0, 1, 0, dtype="float32")

    # Each wrong one costs |z|, each right one nothing.
    assert fused().forward(z, y_true) == 2e4 / 4
    np.testing.assert_array_equal(fused().backward(z, y_true), column(0, 0.25, -0.25, 0))


def test_fused_keeps_the_digits_of_a_small_loss():
    z, y_true = column(20, dtype="float32"), column(1, dtype="float32")

    # log(1 + exp(-20)) is exp(-20) to nine digits; 1 - p was rounded to zero in float32.
    assert fused().forward(z, y_true) == pytest.approx(math.exp(-20), rel=1e-6)


def test_only_a_logistic_activation_fuses():
    class Doubled(gn.Activation):
        inverse_link = "logistic"

    assert bce().fuse(gn.activations.softmax()) is None
    assert bce().fuse(gn.activations.tanh()) is None
    assert bce().fuse(gn.activations.linear()) is None
    assert bce().fuse(Doubled()) is not None
    assert fused().prediction_type == "logits"


def test_a_plain_column_of_targets_fits_one_output():
    targets = bce().prepare_targets(np.array([True, False]), (1,), FLOAT32)

    np.testing.assert_array_equal(targets, [[1], [0]])
    assert targets.dtype == np.float32
    np.testing.assert_array_equal(fused().prepare_targets(np.array([1, 0]), (1,), FLOAT32), [[1], [0]])


@pytest.mark.parametrize("wrong", [-1, 2, 1.001, float("nan"), float("inf")])
def test_a_target_outside_0_to_1_is_named_with_its_sample(wrong):
    y = np.array([0, 1, wrong, 0])

    with pytest.raises(gn.DataError, match=rf"binary_crossentropy: target {wrong}\S* at sample 2 is outside 0..1"):
        bce().prepare_targets(y, (1,), np.dtype("float64"))


def test_a_target_outside_0_to_1_is_found_among_several_outputs():
    with pytest.raises(gn.DataError, match=r"target 5\.0 at sample 1 is outside"):
        bce().prepare_targets(np.array([[0, 1], [1, 5]]), (2,), FLOAT32)


def test_labels_for_several_outputs_are_refused():
    with pytest.raises(gn.ShapeError, match=r"binary_crossentropy expects targets of shape \(batch, 2\), got \(3,\)"):
        bce().prepare_targets(np.array([0, 1, 0]), (2,), FLOAT32)


def test_from_logits_it_takes_what_goes_into_a_sigmoid():
    # The sigmoid of ln 3 is 3/4.
    loss, z, y_true = gn.losses.bce(from_logits=True), column(math.log(3), math.log(3), 0), column(1, 0, 1)

    assert loss.forward(z, y_true) == pytest.approx(-math.log(0.75 * 0.25 * 0.5) / 3, rel=1e-15)
    np.testing.assert_allclose(loss.backward(z, y_true), column(-0.25 / 3, 0.75 / 3, -0.5 / 3), rtol=1e-14)


def test_from_logits_it_does_not_fuse_and_a_sigmoid_is_warned_of():
    loss = gn.losses.bce(from_logits=True)
    network = gn.Network(["dense(1)", "sigmoid"]).build((3,))

    assert loss.fuse(gn.activations.sigmoid()) is None
    with pytest.warns(gn.GlassnetWarning, match="expects logits, and 'sigmoid' turns them into probabilities"):
        figures = network.evaluate(np.zeros((2, 3)), np.array([0, 1]), loss=loss, metrics=[])
    # The sigmoid of sigmoid(0) = 1/2.
    p = 1 / (1 + math.exp(-0.5))
    assert figures["loss"] == pytest.approx(-(math.log(p) + math.log(1 - p)) / 2, rel=1e-6)


def test_from_logits_a_network_without_sigmoid_is_right_and_not_warned_of():
    network = gn.Network(["dense(1)"]).build((3,))

    figures = network.evaluate(np.zeros((2, 3)), np.array([0, 1]), loss="bce(from_logits=True)", metrics=[])

    assert figures["loss"] == pytest.approx(math.log(2), rel=1e-7)
