from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn

FLOAT32 = np.dtype("float32")
P = np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])
T = np.array([[0.2, 0.2, 0.6], [0.0, 1.0, 0.0]])
# 0.2 ln 2 + 0.6 ln(6/7), and ln 4.
EXPECTED = (0.2 * math.log(2) + 0.6 * math.log(6 / 7) + math.log(4)) / 2


def kl(**options):
    return gn.losses.kl_divergence(**options)


def fused():
    return kl().fuse(gn.activations.softmax())


def test_the_value_is_the_mean_over_samples():
    assert kl().forward(P, T) == pytest.approx(EXPECTED, rel=1e-15)


@pytest.mark.parametrize("create", [fused, lambda: kl(from_logits=True)], ids=["fused", "from logits"])
@pytest.mark.parametrize("offset", [0.0, 7.0, -200.0])
def test_logits_and_log_probabilities_give_the_same_value(create, offset):
    assert create().forward(np.log(P) + offset, T) == pytest.approx(EXPECTED, rel=1e-13)


def test_gradients_worked_out_by_hand():
    gradient = kl().backward(P, T)

    np.testing.assert_allclose(gradient, [[-1, -0.5, -0.6 / 0.7 / 2], [0, -2, 0]], rtol=1e-15)


def test_fused_gradients_are_p_less_t():
    gradient = fused().backward(np.log(P), T)

    np.testing.assert_allclose(gradient, (P - T) / 2, rtol=1e-13, atol=1e-16)


def test_it_is_the_cross_entropy_less_the_entropy_of_the_targets():
    entropy = -(0.4 * math.log(0.2) + 0.6 * math.log(0.6)) / 2

    assert kl().forward(P, T) == pytest.approx(gn.losses.cce().forward(P, T) - entropy, rel=1e-14)


def test_a_distribution_is_at_no_distance_from_itself():
    assert kl().forward(P, P) == 0
    assert fused().forward(np.log(P), P) == pytest.approx(0, abs=1e-16)


def test_axes_between_batch_and_classes_count_as_samples():
    assert kl().forward(P.reshape(1, 2, 3), T.reshape(1, 2, 3)) == pytest.approx(EXPECTED, rel=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_0_and_1_are_safe(dtype):
    p, t = np.array([[0, 0, 1], [1, 0, 0]], dtype), np.array([[0, 0, 1], [0, 1, 0]], dtype)

    assert kl().forward(p, t) == pytest.approx(-math.log(1e-12) / 2, rel=1e-6)
    np.testing.assert_array_equal(np.sign(kl().backward(p, t)), [[0, 0, -1], [0, -1, 0]])


def test_fused_values_up_to_1e4_are_exact_in_float32():
    z, t = np.array([[-1e4, 1e4]], "float32"), np.array([[1, 0]], "float32")

    assert fused().forward(z, t) == 2e4
    np.testing.assert_array_equal(fused().backward(z, t), [[-1, 1]])


def test_only_softmax_fuses_and_not_what_takes_logits_already():
    assert kl().fuse(gn.activations.sigmoid()) is None
    assert kl().fuse(gn.activations.log_softmax()) is None
    assert kl(from_logits=True).fuse(gn.activations.softmax()) is None
    assert (kl().prediction_type, kl(from_logits=True).prediction_type, fused().prediction_type) == (
        "distribution",
        "logits",
        "logits",
    )


def test_labels_are_refused_with_advice():
    with pytest.raises(gn.ShapeError, match=r"expects rows of 3 probabilities, got \(2,\); for labels take"):
        kl().prepare_targets(np.array([0, 1]), (3,), FLOAT32)


def test_rows_that_are_no_distribution_are_refused():
    with pytest.raises(gn.DataError, match="kl_divergence: the targets of sample 1 are no distribution"):
        kl().prepare_targets(np.array([[0.5, 0.5], [0.5, 0.6]]), (2,), FLOAT32)


def test_rows_of_another_width_are_refused():
    with pytest.raises(gn.ShapeError, match=r"kl_divergence expects targets of shape \(batch, 3\), got \(2, 2\)"):
        kl().prepare_targets(np.full((2, 2), 0.5), (3,), FLOAT32)


@pytest.mark.parametrize(
    ("last", "loss"), [("softmax", "kl_divergence"), ("log_softmax", "kl_divergence(from_logits=True)")]
)
def test_gradients_of_a_network(last, loss):
    network = gn.Network(["dense(4)", "tanh", "dense(3)", last]).build((3,), seed=0)
    rng = np.random.default_rng(0)

    errors = gn.check_gradients(network, rng.normal(size=(6, 3)), rng.dirichlet(np.ones(3), 6), loss)

    assert max(errors.values()) <= 1e-6
