from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

# Rows with means 2 and 10, and biased variances 1 and 16.
X = np.array([[1.0, 3.0], [6.0, 14.0]])


def run(layer, x, dy, parameters=None, *, training=True, dtype="float64"):
    network = gn.Network([layer]).build(x.shape[1:], dtype=dtype)
    for name, value in (parameters or {}).items():
        network.parameters[f"0.{name}"][:] = value
    with network.workspace(training=training) as ctx:
        ctx.needs_input_grad = True
        network.gradients[:] = np.nan
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)
        named = network.layout.named(network.gradients)
        return y.copy(), dx.copy(), {name.removeprefix("0."): array.copy() for name, array in named.items()}


@pytest.mark.parametrize("training", [True, False])
def test_each_row_gets_the_means_and_deviations_that_are_trained(training):
    parameters = {"scale": [10.0, 20.0], "shift": [3.0, 1.0]}

    y, _, _ = run("layer_norm(epsilon=9.0)", X, np.ones((2, 2)), parameters, training=training)

    # (6 - 10) / √(16 + 9) = -0.8 and 0.8; in the first row ∓1 / √10.
    np.testing.assert_allclose(y[1], [-8.0 + 3, 16.0 + 1], rtol=1e-15)
    np.testing.assert_allclose(y[0], [-(10**0.5) + 3, 2 * 10**0.5 + 1], rtol=1e-14)


def test_gradients_worked_out_by_hand():
    _, dx, grads = run("layer_norm(epsilon=9.0)", X[1:], np.array([[1.0, 2.0]]), {"scale": [10.0, 20.0]})

    # x' is -0.8 and 0.8.
    np.testing.assert_allclose(grads["scale"], [-0.8, 1.6], rtol=1e-15)
    np.testing.assert_allclose(grads["shift"], [1.0, 2.0], rtol=1e-15)
    # g = 10 and 40, of mean 25; mean of g x' = 12. (10 - 25 + 9.6) / 5 and (40 - 25 - 9.6) / 5.
    np.testing.assert_allclose(dx, [[-1.08, 1.08]], rtol=1e-14)


@pytest.mark.parametrize("shape", [(1, 2), (5, 3), (2, 1), (1, 4, 3), (3, 2, 3, 4)])
def test_backward_agrees_with_central_differences(shape):
    errors = check_layer(gn.layers.layer_norm(), np.random.default_rng(1).normal(size=shape))

    assert set(errors) == {"scale", "shift", "input"}
    assert max(errors.values()) <= 1e-5


def test_rows_do_not_depend_on_their_company():
    x = np.random.default_rng(0).normal(size=(4, 3, 5))

    together, _, _ = run("layer_norm", x, x)
    alone, _, _ = run("layer_norm", x[2:3], x[2:3])

    np.testing.assert_array_equal(together[2:3], alone)


def test_the_last_axis_alone_is_averaged_over():
    x = np.random.default_rng(0).normal(3, 5, size=(4, 3, 5))

    y, _, _ = run("layer_norm(epsilon=1e-12)", x, x)

    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=-1), 1, rtol=1e-11)


def test_a_constant_row_becomes_the_shift():
    y, dx, _ = run("layer_norm", np.full((1, 3), 7.0), np.array([[1.0, 2.0, 6.0]]), {"shift": [4.0, 5.0, 6.0]})

    assert y.tolist() == [[4.0, 5.0, 6.0]]
    np.testing.assert_allclose(dx.ravel(), np.array([-2.0, -1.0, 3.0]) / 1e-5**0.5, rtol=1e-12)


def test_float32_stays_float32():
    y, dx, grads = run("layer_norm", X.astype("float32"), np.ones((2, 2), np.float32), dtype="float32")

    assert y.dtype == dx.dtype == grads["scale"].dtype == np.float32


def test_a_penalty_on_the_network_leaves_scale_and_shift_alone():
    described = gn.layers.layer_norm().parameters((7, 3))

    assert described["scale"].shape == described["shift"].shape == (3,)
    assert described["scale"].is_bias
    assert described["shift"].is_bias


def test_samples_that_are_single_numbers_are_refused():
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, …, features\), got \(batch\)"):
        gn.layers.layer_norm().output_shape(())


def test_an_epsilon_of_zero_is_refused():
    with pytest.raises(gn.OptionError, match="layer_norm: epsilon must be > 0"):
        gn.layers.layer_norm(epsilon=0.0)
