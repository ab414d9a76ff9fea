from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

# Columns with means 2 and 10, biased variances 1 and 16.
X = np.array([[1.0, 6.0], [3.0, 14.0]])


def built(layer, shape, dtype="float64"):
    return gn.Network([layer]).build(shape, dtype=dtype)


def forward(network, x, *, training):
    with network.workspace(training=training) as ctx:
        y, _ = network.sequence.forward(network.parameter_views, x, ctx)
        return y.copy()


def both(network, x, dy, *, training=True):
    """Return the input gradient and the parameter gradients."""
    with network.workspace(training=training) as ctx:
        ctx.needs_input_grad = True
        network.gradients[:] = np.nan
        _, caches = network.sequence.forward(network.parameter_views, x, ctx)
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx).copy()
        named = network.layout.named(network.gradients)
        return dx, {name.removeprefix("0."): array.copy() for name, array in named.items()}


# --- while training ------------------------------------------------------------------------------------------------


def test_each_column_gets_the_mean_and_the_deviation_that_are_trained():
    network = built("batch_norm(epsilon=9.0)", (2,))
    network.parameters["0.scale"][:] = [1.0, 10.0]
    network.parameters["0.shift"][:] = [0.0, 3.0]

    y = forward(network, X, training=True)

    # (6 - 10) / √(16 + 9) = -0.8, times 10, plus 3; the first column is ∓1 / √10.
    np.testing.assert_allclose(y[:, 1], [-5.0, 11.0], rtol=1e-15)
    np.testing.assert_allclose(y[:, 0], [-(0.1**0.5), 0.1**0.5], rtol=1e-15)


def test_without_epsilon_to_speak_of_two_rows_become_minus_one_and_one():
    y = forward(built("batch_norm(epsilon=1e-12)", (2,)), X, training=True)

    np.testing.assert_allclose(y, [[-1, -1], [1, 1]], rtol=1e-11)


def test_gradients_worked_out_by_hand():
    network = built("batch_norm(epsilon=9.0)", (2,))
    network.parameters["0.scale"][:] = [1.0, 10.0]
    dx, grads = both(network, X, np.array([[0.0, 1.0], [0.0, 2.0]]))

    # x' is -0.8 and 0.8. scale: -0.8·1 + 0.8·2; shift: 1 + 2.
    np.testing.assert_allclose(grads["scale"], [0.0, 0.8], rtol=1e-15)
    np.testing.assert_allclose(grads["shift"], [0.0, 3.0], rtol=1e-15)
    # 10 / 5 (dy - 1.5 - x' 0.4): 2 (-0.5 + 0.32) and 2 (0.5 - 0.32).
    np.testing.assert_allclose(dx, [[0.0, -0.36], [0.0, 0.36]], rtol=1e-14)


def test_all_axes_but_the_last_are_averaged_over():
    x = np.random.default_rng(0).normal(3, 5, size=(4, 3, 2, 5))

    y = forward(built("batch_norm(epsilon=1e-12)", (3, 2, 5)), x, training=True)

    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=(0, 1, 2)), 1, rtol=1e-11)


@pytest.mark.parametrize("shape", [(2, 1), (5, 3), (1, 4, 2), (3, 2, 3, 4), (1, 1, 2, 1)])
@pytest.mark.parametrize("training", [True, False])
def test_backward_agrees_with_central_differences(shape, training):
    errors = check_layer(gn.layers.batch_norm(), np.random.default_rng(1).normal(size=shape), training=training)

    assert set(errors) == {"scale", "shift", "input"}
    # The sum over a batch of dx is zero: what is left of it loses digits.
    assert max(errors.values()) <= 1e-5


def test_many_large_images_are_treated_like_few_small_ones():
    # 60 images of 32 x 32 x 16 in float64 are 8 MB: more than one piece.
    rng = np.random.default_rng(2)
    x, dy = rng.normal(2, 3, size=(2, 60, 32, 32, 16))
    network = built("batch_norm", (32, 32, 16))
    network.parameters["0.scale"][:] = scale = rng.normal(size=16)

    y = forward(network, x, training=True)
    dx, grads = both(network, x, dy)

    axes = (0, 1, 2)
    normal = (x - x.mean(axis=axes)) / np.sqrt(x.var(axis=axes) + 1e-5)
    np.testing.assert_allclose(y, normal * scale, rtol=0, atol=1e-11)
    np.testing.assert_allclose(grads["shift"], dy.sum(axis=axes), rtol=1e-11)
    np.testing.assert_allclose(grads["scale"], (dy * normal).sum(axis=axes), rtol=1e-9)
    expected = scale / np.sqrt(x.var(axis=axes) + 1e-5)
    expected = expected * (dy - dy.mean(axis=axes) - normal * (dy * normal).mean(axis=axes))
    np.testing.assert_allclose(dx, expected, rtol=0, atol=1e-11)


# --- running values ------------------------------------------------------------------------------------------------


def test_running_values_keep_their_part_and_take_in_the_unbiased_variance():
    network = built("batch_norm(momentum=0.75)", (2,))

    forward(network, X, training=True)
    state = network.state["0"]
    # 0.75 · 0 + 0.25 · mean; 0.75 · 1 + 0.25 · 2 and 0.25 · 32, the variances divided by n - 1.
    assert state["running_mean"].tolist() == [0.5, 2.5]
    assert state["running_variance"].tolist() == [1.25, 8.75]

    forward(network, X, training=True)
    assert state["running_mean"].tolist() == [0.875, 4.375]
    assert state["running_variance"].tolist() == [0.75 * 1.25 + 0.5, 0.75 * 8.75 + 8]


def test_outside_training_the_running_values_are_used_and_left_alone():
    network = built("batch_norm(epsilon=9.0)", (2,))
    network.state["0"]["running_mean"][:] = [1.0, 4.0]
    network.state["0"]["running_variance"][:] = [16.0, 7.0]

    y = forward(network, X, training=False)

    np.testing.assert_allclose(y, [[0.0, 0.5], [0.4, 2.5]], rtol=1e-15)
    assert network.state["0"]["running_mean"].tolist() == [1.0, 4.0]
    assert network.state["0"]["running_variance"].tolist() == [16.0, 7.0]


def test_outside_training_the_gradient_is_that_of_a_straight_line():
    network = built("batch_norm(epsilon=9.0)", (2,))
    network.state["0"]["running_mean"][:] = [1.0, 4.0]
    network.state["0"]["running_variance"][:] = [16.0, 7.0]
    network.parameters["0.scale"][:] = [10.0, 8.0]

    dx, grads = both(network, X, np.array([[1.0, 1.0], [2.0, 0.0]]), training=False)

    np.testing.assert_allclose(dx, [[2.0, 2.0], [4.0, 0.0]], rtol=1e-15)
    np.testing.assert_allclose(grads["scale"], [0.8, 0.5], rtol=1e-15)
    assert grads["shift"].tolist() == [3.0, 1.0]


def test_a_batch_of_one_row_is_treated_with_the_running_values():
    network = built("batch_norm(epsilon=9.0)", (2,))
    network.state["0"]["running_mean"][:] = [1.0, 4.0]
    network.state["0"]["running_variance"][:] = [16.0, 7.0]

    y = forward(network, X[:1], training=True)
    dx, _ = both(network, X[:1], np.array([[1.0, 2.0]]))

    np.testing.assert_allclose(y, [[0.0, 0.5]], rtol=1e-15)
    np.testing.assert_allclose(dx, [[0.2, 0.5]], rtol=1e-15)
    assert network.state["0"]["running_mean"].tolist() == [1.0, 4.0]
    assert network.state["0"]["running_variance"].tolist() == [16.0, 7.0]


def test_one_image_of_many_pixels_is_a_batch():
    network = built("batch_norm(epsilon=1e-12)", (2, 1, 1))

    y = forward(network, np.array([2.0, 6.0]).reshape(1, 2, 1, 1), training=True)

    np.testing.assert_allclose(y.ravel(), [-1, 1], rtol=1e-11)
    np.testing.assert_allclose(network.state["0"]["running_mean"], [0.4], rtol=1e-15)


def test_predictions_come_from_what_training_has_seen():
    rng = np.random.default_rng(0)
    x = rng.normal([5.0, -3.0], [2.0, 0.1], size=(400, 2))
    network = built("batch_norm(momentum=0.5)", (2,))
    for start in range(0, 400, 20):
        forward(network, x[start : start + 20], training=True)

    y = network.predict(x)

    # Means of about two batches of 20: a deviation of 1 / √40 of theirs, four times which is 0.63.
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=0.63)
    np.testing.assert_allclose(y.std(axis=0), 1, rtol=0.5)


# --- the rest ------------------------------------------------------------------------------------------------------


def test_a_network_around_it_agrees_with_central_differences():
    network = gn.Network("conv2d(2, 2) batch_norm tanh flatten dense(2) softmax").build((4, 4, 1), seed=1)
    x = np.random.default_rng(3).normal(size=(5, 4, 4, 1))

    errors = gn.check_gradients(network, x, np.array([0, 1, 1, 0, 1]), "cce")

    # A bias in front of it has no effect, so its gradient is rounding alone.
    assert max(error for name, error in errors.items() if name != "0.bias") <= 1e-5


def test_a_constant_column_is_shifted_and_stays_finite():
    network = built("batch_norm", (1,))
    network.parameters["0.shift"][:] = 4.0
    x = np.full((3, 1), 7.0)

    assert forward(network, x, training=True).tolist() == [[4.0]] * 3
    dx, _ = both(network, x, np.array([[1.0], [2.0], [6.0]]))
    # dy minus its mean, times 1 / √epsilon.
    np.testing.assert_allclose(dx.ravel(), np.array([-2.0, -1.0, 3.0]) / 1e-5**0.5, rtol=1e-12)


@pytest.mark.parametrize("computed_by", ["accelerators"], indirect=True)
def test_no_input_gradient_is_computed_when_nobody_needs_it():
    network = built("batch_norm", (2,))
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = False
        _, caches = network.sequence.forward(network.parameter_views, X, ctx)
        assert (
            network.sequence.backward(network.parameter_views, caches, np.ones((2, 2)), network.gradient_views, ctx)
            is None
        )


def test_float32_stays_float32():
    network = built("batch_norm", (2,), "float32")
    x = X.astype("float32")

    dx, grads = both(network, x, np.ones_like(x))

    assert forward(network, x, training=True).dtype == forward(network, x, training=False).dtype == np.float32
    assert dx.dtype == grads["scale"].dtype == np.float32


def test_a_penalty_on_the_network_leaves_scale_and_shift_alone():
    described = gn.layers.batch_norm().parameters((4, 4, 3))

    assert described["scale"].shape == described["shift"].shape == (3,)
    assert described["scale"].is_bias
    assert described["shift"].is_bias


def test_samples_that_are_single_numbers_are_refused():
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, …, channels\), got \(batch\)"):
        gn.layers.batch_norm().output_shape(())


@pytest.mark.parametrize("options", [{"momentum": 1.0}, {"momentum": -0.1}, {"epsilon": 0.0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(gn.OptionError, match=f"batch_norm: {next(iter(options))} must be"):
        gn.layers.batch_norm(**options)


def fitted(layers, epochs=1):
    """Return a network that has seen one batch around 5 with deviation 2, an epoch."""
    x = 5 + 2 * np.random.default_rng(3).normal(size=(40, 3))
    net = gn.Network(layers).build((3,), seed=0, dtype="float64")
    net.fit(x, np.zeros((40, 3)), loss="mse", optimizer="sgd(lr=0.01)", batch_size=40, epochs=epochs)
    return net, x


def running_mean(state):
    """Return the only running mean in a network's state."""
    while "running_mean" not in state:
        (state,) = state.values()
    return state["running_mean"]


@pytest.mark.filterwarnings("ignore:all parameters of the network are frozen")
@pytest.mark.parametrize(
    "layers",
    [
        ["batch_norm(trainable=False)"],
        ["sequential([batch_norm], trainable=False)"],
        ["sequential([sequential([batch_norm])], trainable=False)"],
        ["residual([batch_norm], trainable=False)"],
        ["concat([batch_norm], trainable=False)"],
        ["concat([sequential([batch_norm], trainable=False)])"],
        ["batch_norm(update_statistics=False)"],
    ],
)
def test_a_frozen_layer_leaves_its_running_values_alone(layers):
    """As in Keras, where a frozen BatchNormalization runs in inference mode."""
    net, _ = fitted(layers, epochs=3)
    np.testing.assert_array_equal(running_mean(net.state), np.zeros(3))


@pytest.mark.filterwarnings("ignore:all parameters of the network are frozen")
@pytest.mark.parametrize(
    "layers", [["batch_norm"], ["batch_norm(trainable=False, update_statistics=True)"], ["sequential([batch_norm])"],
               ["sequential([batch_norm(update_statistics=True)], trainable=False)"]]
)  # fmt: skip
def test_running_values_move_if_the_batchs_are_used(layers):
    net, x = fitted(layers)
    np.testing.assert_allclose(running_mean(net.state), 0.1 * x.mean(axis=0), rtol=1e-12)


def test_scale_and_shift_can_be_trained_on_running_values():
    net, x = fitted(["batch_norm(update_statistics=False)"])
    # From scale 1 and shift 0 the output is x / sqrt(1 + epsilon); a step of 0.01 along the mean gradient.
    y = x / np.sqrt(1 + 1e-5)
    np.testing.assert_allclose(net.parameters["0.shift"], -0.01 * 2 * y.mean(axis=0) / 3, rtol=1e-12)
    np.testing.assert_allclose(net.parameters["0.scale"], 1 - 0.01 * 2 * (y * y).mean(axis=0) / 3, rtol=1e-12)


def test_a_frozen_layer_gives_in_training_what_it_gives_outside():
    network = built("batch_norm(trainable=False)", (3,))
    x = np.random.default_rng(0).normal(size=(4, 3))
    np.testing.assert_array_equal(forward(network, x, training=True), forward(network, x, training=False))


@pytest.mark.parametrize("trainable", [True, False])
@pytest.mark.parametrize("update_statistics", [None, True, False])
def test_gradients_of_the_layer_before_it_are_right_in_each_mode(trainable, update_statistics):
    layer = gn.layers.batch_norm(trainable=trainable, update_statistics=update_statistics)
    network = gn.Network(["dense(3)", layer, "tanh"]).build((4,), seed=0)
    rng = np.random.default_rng(0)
    errors = gn.check_gradients(network, rng.normal(size=(6, 4)), rng.normal(size=(6, 3)), "mse")
    assert max(errors.values()) <= 1e-6
