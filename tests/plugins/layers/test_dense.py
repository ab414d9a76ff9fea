from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.numpy_only.dense import NumpyDense
from glassnet_autodiff.gradient_check import check_layer

WEIGHTS = np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])
BIAS = np.array([0.5, 0.0, -1.0])
X = np.array([[1.0, 2.0], [3.0, 4.0]])
DY = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]])


def context(dtype="float64", needs_input_grad=True):
    """The context of one layer, with buffers of `dtype`."""
    with gn.Network([gn.layers.flatten()]).build((1,), dtype=dtype).workspace(training=True) as ctx:
        ctx.needs_input_grad = needs_input_grad
        return ctx


def parameters(dtype="float64"):
    return {"weights": WEIGHTS.astype(dtype), "bias": BIAS.astype(dtype)}


def unwritten(dtype="float64"):
    return {"weights": np.full((2, 3), np.nan, dtype), "bias": np.full(3, np.nan, dtype)}


def test_forward_is_the_matrix_product_plus_the_bias():
    y, _ = gn.layers.dense(3).forward(parameters(), X, context())

    # 1·1 + 2·2 + 0.5, 1·0 + 2·1 + 0, 1·(-1) + 2·0 - 1; then the same for (3, 4).
    np.testing.assert_array_equal(y, [[5.5, 2.0, -2.0], [11.5, 4.0, -4.0]])


def test_backward_gives_the_three_gradients_worked_out_by_hand():
    dense, ctx, grads = gn.layers.dense(3), context(), unwritten()
    _, cache = dense.forward(parameters(), X, ctx)

    dx = dense.backward(parameters(), cache, DY, grads, ctx)

    # The weight from input i to unit j: the sum over the samples of x_i dy_j.
    np.testing.assert_array_equal(grads["weights"], [[1.0, 3.0, -1.0], [2.0, 4.0, 0.0]])
    np.testing.assert_array_equal(grads["bias"], [1.0, 1.0, 1.0])
    # Input i: the sum over the units of dy_j w_ij.
    np.testing.assert_array_equal(dx, [[1.0 - 2.0, 2.0], [1.0, 1.0]])


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("batch", "features", "units"), [(1, 1, 1), (1, 5, 3), (4, 5, 3), (7, 2, 6), (3, 6, 1)])
def test_backward_agrees_with_central_differences(batch, features, units, bias, seed):
    x = np.random.default_rng(seed).normal(size=(batch, features))

    errors = check_layer(gn.layers.dense(units, bias=bias), x, seed=seed)

    assert set(errors) == ({"weights", "bias", "input"} if bias else {"weights", "input"})
    assert max(errors.values()) <= 1e-6


def test_one_instance_used_three_times_has_the_sum_of_its_gradients():
    dense = gn.layers.dense(4)
    network = gn.Network([dense, "tanh", dense, "tanh", dense]).build((4,), seed=1)
    rng = np.random.default_rng(1)

    errors = gn.check_gradients(network, rng.normal(size=(5, 4)), rng.normal(size=(5, 4)), "mse")

    assert set(errors) == {"0.weights", "0.bias"}
    assert max(errors.values()) <= 1e-6


def test_no_input_gradient_is_computed_when_nobody_needs_it():
    dense = NumpyDense().replacement(gn.layers.dense(3))
    ctx, grads = context(needs_input_grad=False), unwritten()
    _, cache = dense.forward(parameters(), X, ctx)

    assert dense.backward(parameters(), cache, DY, grads, ctx) is None
    np.testing.assert_array_equal(grads["weights"], [[1.0, 3.0, -1.0], [2.0, 4.0, 0.0]])


def test_float32_stays_float32():
    dense, ctx, grads = gn.layers.dense(3), context("float32"), unwritten("float32")

    y, cache = dense.forward(parameters("float32"), X.astype("float32"), ctx)
    dx = dense.backward(parameters("float32"), cache, DY.astype("float32"), grads, ctx)

    assert (y.dtype, dx.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(dx, [[-1.0, 2.0], [1.0, 1.0]])


def test_inputs_and_parameters_stay_as_they_are():
    dense, ctx, params = gn.layers.dense(3), context(), parameters()
    x, dy = X.copy(), DY.copy()

    _, cache = dense.forward(params, x, ctx)
    dense.backward(params, cache, dy, unwritten(), ctx)

    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(dy, DY)
    np.testing.assert_array_equal(params["weights"], WEIGHTS)
    np.testing.assert_array_equal(params["bias"], BIAS)


def test_batches_of_changing_size_share_a_context():
    dense, ctx = gn.layers.dense(3), context()

    for x in (X, X[1:], np.vstack([X, X]), X[:1]):
        y, cache = dense.forward(parameters(), x, ctx)
        grads = unwritten()
        dx = dense.backward(parameters(), cache, np.ones_like(y), grads, ctx)

        np.testing.assert_array_equal(y[:, 1], x[:, 1])  # unit 1 reads input 1 and has no bias
        np.testing.assert_array_equal(grads["bias"], [len(x)] * 3)
        np.testing.assert_array_equal(dx, [[0.0, 3.0]] * len(x))  # the sums of the rows of WEIGHTS


def test_without_bias_there_is_no_bias():
    dense = gn.layers.dense(3, bias=False)

    assert list(dense.parameters((2,))) == ["weights"]
    y, _ = dense.forward({"weights": WEIGHTS}, X, context())
    np.testing.assert_array_equal(y, [[5.0, 2.0, -1.0], [11.0, 4.0, -3.0]])


def test_shapes_of_output_and_parameters():
    described = gn.layers.dense(128).parameters((784,))

    assert gn.layers.dense(128).output_shape((784,)) == (128,)
    assert described["weights"].shape == (784, 128)
    assert described["weights"].fans == (784, 128)
    assert described["bias"].shape == (128,)


def test_the_first_bias_is_zero():
    network = gn.Network(["dense(5)", "relu", "dense(2, weight_init=ones)"]).build((3,))

    assert not network.parameters["0.bias"].any()
    assert not network.parameters["2.bias"].any()


@pytest.mark.parametrize(
    ("following", "variance"),
    [
        ("relu", 2 / 400),  # He: 2 / fan_in
        ("tanh", 2 / 600),  # Glorot: 2 / (fan_in + fan_out)
        ("sigmoid", 2 / 600),
        ("linear", 2 / 600),
    ],
)
def test_first_weights_suit_the_activation_that_follows(following, variance):
    weights = gn.Network(["dense(200)", following]).build((400,)).parameters["0.weights"]

    # Of 80,000 values the variance is known to 0.5 % (one standard deviation, normal distribution).
    assert weights.var() == pytest.approx(variance, rel=0.025)


def test_an_initializer_that_is_named_comes_before_the_activations_own():
    network = gn.Network(["dense(3, weight_init=constant(0.25))", "relu"]).build((2,))

    np.testing.assert_array_equal(network.parameters["0.weights"], np.full((2, 3), 0.25))


def test_weights_and_bias_have_the_regularizer():
    described = gn.layers.dense(3, regularizer="l2(0.5)").parameters((2,))

    assert repr(described["weights"].regularizer) == repr(described["bias"].regularizer) == "l2(strength=0.5)"
    assert not described["weights"].is_bias
    assert described["bias"].is_bias


@pytest.mark.parametrize("shape", [(), (28, 28, 1), (2, 3, 4, 5)])
def test_images_are_refused_with_the_way_out(shape):
    got = ", ".join(["batch", *map(str, shape)])
    with pytest.raises(gn.ShapeError) as caught:
        gn.layers.dense(10).output_shape(shape)
    assert str(caught.value) == (
        f"expected (batch, features) or (batch, time, features), got ({got}); put flatten in front of it"
    )


def test_a_network_says_which_dense_does_not_fit():
    with pytest.raises(
        gn.ShapeError, match=r"layer 0 'dense\(10\)': expected \(batch, features\) or .* \(batch, 4, 4, 1\)"
    ):
        gn.Network(["dense(10)", "softmax"]).build((4, 4, 1))


# --- sequences -----------------------------------------------------------------------------------------------------


def test_each_time_step_is_treated_like_a_sample():
    dense = gn.layers.dense(3)
    x = np.stack([X, X[::-1], 2 * X])

    y, _ = dense.forward(parameters(), x, context())

    one_by_one = [dense.forward(parameters(), each, context())[0] for each in x]
    assert dense.output_shape((2, 2)) == (2, 3)
    np.testing.assert_array_equal(y, one_by_one)


def test_gradients_of_parameters_are_added_up_over_time_steps():
    dense, ctx, grads = gn.layers.dense(3), context(), unwritten()
    _, cache = dense.forward(parameters(), X[np.newaxis], ctx)

    dx = dense.backward(parameters(), cache, DY[np.newaxis], grads, ctx)

    # Two steps of one sample give what two samples give above.
    np.testing.assert_array_equal(grads["weights"], [[1.0, 3.0, -1.0], [2.0, 4.0, 0.0]])
    np.testing.assert_array_equal(grads["bias"], [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(dx, [[[-1.0, 2.0], [1.0, 1.0]]])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 4, 3), (3, 1, 2), (4, 5, 3)])
def test_backward_over_time_agrees_with_central_differences(shape, bias):
    errors = check_layer(gn.layers.dense(2, bias=bias), np.random.default_rng(0).normal(size=shape))

    assert max(errors.values()) <= 1e-6


def test_gradients_that_are_views_are_taken():
    dense, ctx, grads = gn.layers.dense(3), context(), unwritten()
    wide = np.zeros((2, 1, 6))
    wide[:, 0, ::2] = DY
    _, cache = dense.forward(parameters(), X[:, np.newaxis], ctx)

    dx = dense.backward(parameters(), cache, wide[..., ::2], grads, ctx)

    np.testing.assert_array_equal(grads["weights"], [[1.0, 3.0, -1.0], [2.0, 4.0, 0.0]])
    np.testing.assert_array_equal(dx, [[[-1.0, 2.0]], [[1.0, 1.0]]])


@pytest.mark.parametrize("units", [0, -1, 2.5, True, "many"])
def test_units_must_be_a_positive_whole_number(units):
    with pytest.raises(gn.OptionError, match="dense: units must be"):
        gn.layers.dense(units)
