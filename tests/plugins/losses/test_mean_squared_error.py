from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

FLOAT32 = np.dtype("float32")
Y_PRED = np.array([[1.0, 2.0], [3.0, 4.0]])
Y_TRUE = np.array([[0.0, 2.0], [5.0, 4.0]])


def test_the_value_is_the_mean_over_samples_and_outputs():
    # (1² + 0² + 2² + 0²) / 4
    assert gn.losses.mse().forward(Y_PRED, Y_TRUE) == 1.25


def test_the_gradient_has_its_1_over_n():
    # 2 (p - t) / 4, not 2 (p - t)
    np.testing.assert_array_equal(gn.losses.mse().backward(Y_PRED, Y_TRUE), [[0.5, 0.0], [-1.0, 0.0]])


def test_one_sample_with_one_output():
    y_pred, y_true = np.array([[3.0]]), np.array([[1.0]])

    assert gn.losses.mse().forward(y_pred, y_true) == 4
    np.testing.assert_array_equal(gn.losses.mse().backward(y_pred, y_true), [[4.0]])


def test_predictions_that_are_right_cost_nothing():
    assert gn.losses.mse().forward(Y_TRUE, Y_TRUE) == 0
    assert not gn.losses.mse().backward(Y_TRUE, Y_TRUE).any()


def test_float32_up_to_1e4_does_not_overflow():
    y_pred, y_true = np.full((3, 2), 1e4, "float32"), np.full((3, 2), -1e4, "float32")

    assert gn.losses.mse().forward(y_pred, y_true) == 4e8
    np.testing.assert_allclose(gn.losses.mse().backward(y_pred, y_true), np.full((3, 2), 4e4 / 6), rtol=1e-6)


def test_a_plain_column_of_targets_fits_one_output():
    targets = gn.losses.mse().prepare_targets(np.array([1, 2, 3]), (1,), FLOAT32)

    np.testing.assert_array_equal(targets, [[1], [2], [3]])
    assert targets.dtype == np.float32


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 2, 1)])
def test_targets_of_another_shape_are_refused_and_not_broadcast(shape):
    with pytest.raises(gn.ShapeError, match=r"mean_squared_error expects targets of shape \(batch, 2\), got \(4"):
        gn.losses.mse().prepare_targets(np.zeros(shape), (2,), FLOAT32)


def test_it_fuses_with_nothing():
    activations = [gn.activations.sigmoid(), gn.activations.softmax(), gn.activations.linear()]

    assert [gn.losses.mse().fuse(activation) for activation in activations] == [None, None, None]


def test_gradients_of_a_network():
    network = gn.Network(["dense(4)", "tanh", "dense(2)"]).build((3,), seed=0)
    rng = np.random.default_rng(0)

    errors = gn.check_gradients(network, rng.normal(size=(6, 3)), rng.normal(size=(6, 2)), "mse")

    assert max(errors.values()) <= 1e-6
