"""Products with derivatives and the curvature, against formulas; tests/oracle compares with PyTorch."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import glassnet as gn
from glassnet_autodiff.second_order import hessian_vector_product

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 3)), RNG.normal(size=(8, 1))


@pytest.fixture
def linear():
    return gn.Network("dense(1)").build(3, dtype="float64")


def hessian():
    """The second derivative of the mean squared error of a linear model: 2 / n times the Gram matrix."""
    a = np.hstack([X, np.ones((8, 1))])
    return 2 / 8 * a.T @ a


def test_the_hessian_of_a_linear_model_is_that_of_the_formula(linear):
    v = RNG.normal(size=4)
    product = linear.hvp(X, Y, "mse", direction=v)
    np.testing.assert_allclose(np.concatenate([np.ravel(one) for one in product.values()]), hessian() @ v)


def test_directions_by_name_are_zero_where_they_are_left_out(linear):
    product = linear.hvp(X, Y, "mse", direction={"0.bias": [1.0]})
    np.testing.assert_allclose(product["0.weights"][:, 0], hessian()[:3, 3])
    np.testing.assert_allclose(linear.jvp(X, parameters={"0.bias": [2.0]}), np.full((8, 1), 2.0))


def test_the_curvature_of_a_linear_model_is_that_of_the_formula(linear):
    values, vectors = np.linalg.eigh(hessian())
    found = linear.curvature(X, Y, "mse")
    assert found.largest == pytest.approx(values[-1])
    direction = np.concatenate([np.ravel(one) for one in found.direction.values()])
    assert abs(direction @ vectors[:, -1]) == pytest.approx(1)
    assert found.largest_stable_lr == pytest.approx(2 / values[-1])
    assert found.largest_stable_lr_with_momentum(0.9) == pytest.approx(3.8 / values[-1])


@pytest.mark.parametrize(("factor", "falls"), [(0.99, True), (1.01, False)])
def test_descent_is_stable_just_below_the_largest_learning_rate(linear, factor, falls):
    lr = factor * linear.curvature(X, Y, "mse").largest_stable_lr
    start = linear.evaluate(X, Y, loss="mse")["loss"]
    history = linear.fit(X, Y, loss="mse", optimizer=f"sgd(lr={lr!r})", batch_size=8, epochs=400)
    assert (history["loss"][-1] < start) == falls


def test_frozen_parameters_have_no_part_in_the_curvature():
    net = gn.Network(["dense(1, trainable=False)", "dense(1)"]).build(3, dtype="float64")
    h = np.hstack([X @ net.parameters["0.weights"] + net.parameters["0.bias"], np.ones((8, 1))])
    found = net.curvature(X, Y, "mse")
    assert found.largest == pytest.approx(np.linalg.eigvalsh(2 / 8 * h.T @ h)[-1])
    assert not found.direction["0.weights"].any()
    with pytest.raises(gn.OptionError, match="no curvature"):
        gn.Network("dense(1, trainable=False)").build(3).curvature(X, Y, "mse")


def test_penalties_add_to_the_curvature(linear):
    plain, penalised = (linear.hvp(X, Y, "mse", direction=np.ones(4), regularizer=r) for r in (None, "l2(0.5)"))
    np.testing.assert_allclose(penalised["0.weights"] - plain["0.weights"], 1.0)


@pytest.mark.parametrize(
    "layers",
    [
        "batch_norm lstm(3) dense(1)",
        "gru(3) layer_norm dense(1)",
        "self_attention(2) flatten dense(1)",
        "reshape([3, 4, 1]) conv2d(2, 2) relu max_pool2d(2) flatten dense(1)",
        "concat([dense(2), sequential([dense(3), gelu])]) residual([dense(5), prelu]) flatten dense(1)",
    ],
)
@pytest.mark.parametrize("training", [False, True])
def test_products_agree_with_differences_of_gradients(layers, training):
    net = gn.Network(layers).build((3, 4), seed=1, dtype="float64")
    x, y, v, h = RNG.normal(size=(4, 3, 4)), RNG.normal(size=(4, 1)), RNG.normal(size=net.layout.size), 1e-5

    def gradient(step):
        moved = net.copy()
        moved.flat_parameters = net.flat_parameters + step * v
        return np.concatenate(
            [g.ravel() for g in moved.value_and_gradients(x, y, "mse", training=training)[1].values()]
        )

    expected = (gradient(h) - gradient(-h)) / (2 * h)
    product = net.hvp(x, y, "mse", direction=v, training=training)
    found = np.concatenate([one.ravel() for one in product.values()])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())


def test_the_value_of_an_embedding_has_products_too():
    net = gn.Network("embedding(5, 2) flatten dense(1)").build((3,), dtype="float64")
    x = RNG.integers(0, 5, (4, 3))
    gradients, dx = net.vjp(x, np.ones((4, 1)))
    assert dx is None
    counts = np.stack([np.bincount(x[:, place], minlength=5) for place in range(3)], 1)
    np.testing.assert_allclose(gradients["0.weights"], counts @ net.parameters["2.weights"].reshape(3, 2))
    with pytest.raises(gn.OptionError, match="integers"):
        net.jvp(x, np.ones((4, 3)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: net.jvp(X), "direction"),
        (lambda net: net.jvp(X, np.ones(3)), "shape"),
        (lambda net: net.vjp(X, np.ones(3)), "shape"),
        (lambda net: net.jvp(X, parameters={}), "jvp needs a direction"),
        (lambda net: net.jvp(X, "up"), "direction has element type <U2; give numbers"),
        (lambda net: net.jvp(X, np.full(X.shape, np.nan)), "direction would hold NaN"),
        (
            lambda net: net.jvp(X, parameters={"0.weights": np.ones(3)}),
            r"direction 0.weights has shape \(3, 1\), got \(3,\)",
        ),
        (lambda net: net.vjp(X, {}), "dy has element type object; give numbers"),
        (lambda net: net.vjp(X, np.full((len(X), 1), np.inf)), "dy would hold NaN or infinity"),
        (lambda net: net.hvp(X, Y, "mse", direction={"1.weights": 1}), "no direction '1.weights'"),
        (lambda net: net.hvp(X, Y, "mse", direction={}), "direction is {}, which names no parameter"),
        (lambda net: net.hvp(X, Y, "mse", direction=None), "direction is None, which names no parameter"),
        (lambda net: net.hvp(X, Y, "mse", direction="up"), "direction has element type <U2; give numbers"),
        (lambda net: net.hvp(X, Y, "mse", direction={"0.bias": [np.nan]}), "direction 0.bias would hold NaN"),
        (lambda net: net.hvp(X, Y, "mse", direction=np.ones(3)), "shape"),
    ],
)
def test_wrong_directions_are_one_sentence(linear, call, message):
    with pytest.raises(gn.GlassnetError, match=message):
        call(linear)


def test_windows_that_overlap_are_a_part_of_the_second_derivative():
    """Of the sum of w^4 over all windows: each element counts once for each window that shows it."""

    def function(w):
        return np.einsum("ni,ni->", sliding_window_view(w * w, 2), sliding_window_view(w * w, 2))

    w, v = np.array([1.0, 2, 3]), np.array([1.0, 1, 1])
    (product,) = hessian_vector_product(function, [w], [v])
    np.testing.assert_allclose(product, 12 * w**2 * np.array([1, 2, 1]) * v)
