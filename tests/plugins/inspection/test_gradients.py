"""Gradients of batches, samples and inputs, against formulas and differences."""

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 1))


@pytest.fixture
def linear():
    net = gn.Network("dense(1)").build(2, dtype="float64")
    net.parameters["0.weights"] = [[0.5], [-1]]
    return net


def test_the_gradient_of_a_linear_model_is_that_of_the_formula(linear):
    w = linear.parameters["0.weights"]
    value, gradients = linear.value_and_gradients(X, Y, "mse")
    np.testing.assert_allclose(value, np.mean((X @ w - Y) ** 2))
    np.testing.assert_allclose(gradients["0.weights"], 2 * X.T @ (X @ w - Y) / 6)
    np.testing.assert_allclose(gradients["0.bias"], 2 * (X @ w - Y).mean(0))


def test_penalties_and_weights_count_as_in_evaluate(linear):
    w, weights = linear.parameters["0.weights"], np.arange(6.0)
    value, gradients = linear.value_and_gradients(X, Y, "mse", regularizer="l2(0.1)", sample_weight=weights)
    share = (weights / weights.sum())[:, None]
    assert value == pytest.approx(float((share * (X @ w - Y) ** 2).sum() + 0.1 * (w**2).sum()))
    np.testing.assert_allclose(gradients["0.weights"], 2 * X.T @ (share * (X @ w - Y)) + 0.2 * w)


def test_weights_of_classes_count(linear):
    net = gn.Network("dense(2) softmax").build(2, dtype="float64")
    y = np.array([0, 1, 1, 0, 1, 1])
    by_class, _ = net.value_and_gradients(X, y, "categorical_crossentropy", class_weight={0: 3, 1: 1})
    by_sample, _ = net.value_and_gradients(X, y, "categorical_crossentropy", sample_weight=np.where(y == 0, 3, 1))
    assert by_class == pytest.approx(by_sample)


def test_loss_and_penalty_of_the_last_fit_are_the_default(linear):
    linear.fit(X, Y, loss="mae", optimizer="sgd(lr=0.0001)", regularizer="l2(0.5)")
    w = linear.parameters["0.weights"]
    expected = np.abs(X @ w + linear.parameters["0.bias"] - Y).mean() + 0.5 * (w**2).sum()
    assert linear.value_and_gradients(X, Y)[0] == pytest.approx(expected)
    with pytest.raises(gn.NotBuiltError, match="loss"):
        gn.Network("dense(1)").build(2).value_and_gradients(X, Y)


def test_the_network_stays_as_it_is_in_training_too():
    net = gn.Network("dense(3) batch_norm dropout(0.2) dense(1)").build(2)
    before = net.copy()
    net.value_and_gradients(X, Y, "mse", training=True)
    net.per_sample_gradients(X, Y, "mse")
    net.input_gradient(X, Y, "mse", training=True)
    np.testing.assert_array_equal(net.flat_parameters, before.flat_parameters)
    np.testing.assert_array_equal(net.gradients, 0 * net.gradients)
    np.testing.assert_array_equal(net.state["1"]["running_mean"], before.state["1"]["running_mean"])
    assert net.evaluation_config is None


def test_gradients_of_samples_are_those_of_the_formula(linear):
    errors = X @ linear.parameters["0.weights"] - Y
    gradients = linear.per_sample_gradients(X, Y, "mse")
    np.testing.assert_allclose(gradients["0.weights"], 2 * X[:, :, None] * errors[:, None])
    np.testing.assert_allclose(gradients["0.bias"], 2 * errors)


def test_gradients_of_inputs_agree_with_differences():
    net = gn.Network("dense(4) tanh batch_norm dense(2) sigmoid").build(2, dtype="float64")
    net.fit(X, np.abs(np.tanh(RNG.normal(size=(6, 2)))), loss="mse", optimizer="adam", epochs=3)
    found, h = net.input_gradient(X, output=1), 1e-6
    for column in (0, 1):
        step = h * np.eye(2)[column]
        slope = (net.predict(X + step) - net.predict(X - step))[:, 1] / (2 * h)
        np.testing.assert_allclose(found[:, column], slope, rtol=1e-6, atol=1e-9)


def test_an_array_in_place_of_an_output_weighs_all_outputs(linear):
    np.testing.assert_allclose(linear.input_gradient(X, output=np.full((6, 1), 2.0)), np.tile([1, -2], (6, 1)))


def test_a_step_along_the_sign_raises_the_loss(linear):
    """The adversarial example of Goodfellow et al. (2015): for a linear model each sample's error grows."""
    worse = X + 0.01 * np.sign(linear.input_gradient(X, Y, "mse"))
    before, after = (linear.value_and_gradients(x, Y, "mse")[0] for x in (X, worse))
    assert after > before


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "either"),
        ({"output": 1}, "not an element"),
        ({"output": np.zeros(3)}, "same shape"),
        ({"output": "a"}, "output is 'a'; give an index"),
        ({"output": True}, "output is True; give an index"),
        ({"y": Y, "loss": "mse", "output": 0}, "either"),
    ],
)
def test_wrong_requests_are_one_sentence(linear, wrong, message):
    with pytest.raises(gn.GlassnetError, match=message):
        linear.input_gradient(X, **wrong)


def test_the_advice_for_integers_gives_the_gradient_by_their_vectors():
    net = gn.Network("embedding(5, 2) lstm(2) dense(1)").build((3,), seed=0, dtype="float64")
    x = np.array([[1, 2, 3]])
    with pytest.raises(gn.OptionError, match=r'net\[1:\], and net.activations\(x\)\["0"\]'):
        net.input_gradient(x, output=0)
    found = net[1:].input_gradient(net.activations(x)["0"], output=0)
    step, moved = 1e-6, {sign: net.copy() for sign in (-1, 1)}
    for sign, other in moved.items():
        other.parameters["0.weights"][2, 1] += sign * step  # the vector of the second index
    slope = (moved[1].predict(x) - moved[-1].predict(x)).item() / (2 * step)
    assert found[0, 1, 1] == pytest.approx(slope, rel=1e-6)


def test_integers_have_no_gradient():
    net = gn.Network("embedding(5, 2) flatten dense(1)").build((3,))
    with pytest.raises(gn.OptionError, match="integers"):
        net.input_gradient(np.zeros((2, 3), int), output=0)
