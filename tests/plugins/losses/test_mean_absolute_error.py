from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

Y_PRED = np.array([[1.0, 2.0], [3.0, 4.0]])
Y_TRUE = np.array([[0.0, 2.0], [5.0, 4.5]])


def test_the_value_is_the_mean_over_samples_and_outputs():
    # (1 + 0 + 2 + 0.5) / 4
    assert gn.losses.mae().forward(Y_PRED, Y_TRUE) == 0.875


def test_the_gradient_is_the_sign_over_n_and_0_where_right():
    np.testing.assert_array_equal(gn.losses.mae().backward(Y_PRED, Y_TRUE), [[0.25, 0], [-0.25, -0.25]])


def test_float32_up_to_1e4_is_exact():
    y_pred, y_true = np.full((3, 2), 1e4, "float32"), np.full((3, 2), -1e4, "float32")

    assert gn.losses.mae().forward(y_pred, y_true) == 2e4
    np.testing.assert_allclose(gn.losses.mae().backward(y_pred, y_true), np.full((3, 2), 1 / 6), rtol=1e-7)


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 2, 1)])
def test_targets_of_another_shape_are_refused_and_not_broadcast(shape):
    with pytest.raises(gn.ShapeError, match=r"mean_absolute_error expects targets of shape \(batch, 2\), got \(4"):
        gn.losses.mae().prepare_targets(np.zeros(shape), (2,), np.dtype("float32"))


def test_what_minimises_it_is_the_median():
    # The mean is 22.
    net = gn.Network(["dense(1, bias=False)"]).build((1,), dtype="float64")
    y = np.array([1.0, 2, 3, 4, 100])

    net.fit(np.ones((5, 1)), y, loss="mae", optimizer="sgd(lr=0.1)", schedule="cosine", epochs=400, batch_size=5)

    assert net.flat_parameters[0] == pytest.approx(3, abs=0.02)
