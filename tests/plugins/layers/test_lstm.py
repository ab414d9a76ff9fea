from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn

LOG3 = math.log(3)  # the logistic function is 3/4 here and 1/4 at -LOG3; tanh is 1/2 at LOG3 / 2


def one_unit(weights, recurrent, bias, steps, return_sequences=True):
    """An lstm of one unit that reads one feature; parameters in the order i, f, g, o."""
    network = gn.Network([f"lstm(1, return_sequences={return_sequences})"]).build((steps, 1), dtype="float64")
    network.parameters["0.weights"][:] = [weights]
    network.parameters["0.recurrent_weights"][:] = [recurrent]
    network.parameters["0.bias"][:] = bias
    return network


def test_two_steps_worked_out_by_hand():
    # i = 3/4, f = 1/2, g = 1/2, o = 1/4 in the first step; in the second the input is 0 and all come from the bias.
    network = one_unit([0, 0, LOG3 / 2, -2 * LOG3], [0] * 4, [LOG3, 0, 0, LOG3], steps=2)

    y = network.predict(np.array([[[1.0], [0.0]]]))

    first = 0.75 * 0.5
    second = 0.5 * first + 0.75 * 0  # g is tanh 0
    np.testing.assert_allclose(y[0, :, 0], [0.25 * math.tanh(first), 0.75 * math.tanh(second)], rtol=1e-14)


def test_the_last_output_reaches_every_gate():
    weights, recurrent, bias = [0.3, -0.2, 0.5, 0.1], [0.7, -0.4, 0.2, 0.9], [0.1, 1.0, -0.3, 0.2]
    inputs, h, c = [0.5, -1.0, 2.0], 0.0, 0.0
    outputs = []
    for x in inputs:
        i, f, g, o = (x * w + h * u + b for w, u, b in zip(weights, recurrent, bias, strict=True))
        c = c / (1 + math.exp(-f)) + math.tanh(g) / (1 + math.exp(-i))
        h = math.tanh(c) / (1 + math.exp(-o))
        outputs.append(h)

    y = one_unit(weights, recurrent, bias, steps=3).predict(np.array([[[x] for x in inputs]]))

    np.testing.assert_allclose(y[0, :, 0], outputs, rtol=1e-13)


def test_the_gradients_of_one_step_worked_out_by_hand():
    network = one_unit([0, 0, LOG3 / 2, 0], [0] * 4, [LOG3, 0, 0, -LOG3], steps=1, return_sequences=False)
    x = np.array([[[1.0]]])
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        _, caches = network.sequence.forward(network.parameter_views, x, ctx)
        dx = network.sequence.backward(network.parameter_views, caches, np.array([[1.0]]), network.gradient_views, ctx)

    i, g, o, tanh_c = 0.75, 0.5, 0.25, math.tanh(0.375)
    dc = o * (1 - tanh_c**2)
    # The cell was empty, so the forget gate made no difference.
    dz = [dc * g * i * (1 - i), 0, dc * i * (1 - g**2), tanh_c * o * (1 - o)]
    gradients = network.layout.named(network.gradients)
    np.testing.assert_allclose(gradients["0.bias"], dz, rtol=1e-13)
    np.testing.assert_allclose(gradients["0.weights"], [dz], rtol=1e-13)
    np.testing.assert_array_equal(gradients["0.recurrent_weights"], [[0, 0, 0, 0]])
    np.testing.assert_allclose(dx, [[[LOG3 / 2 * dz[2]]]], rtol=1e-13)


@pytest.mark.parametrize(("spec", "forget"), [("lstm(3)", 1.0), ("lstm(3, forget_bias=-2)", -2.0)])
def test_the_first_bias_is_that_of_the_forget_gate_alone(spec, forget):
    bias = gn.Network([spec]).build((5, 2)).parameters["0.bias"]

    np.testing.assert_array_equal(bias, [0] * 3 + [forget] * 3 + [0] * 6)


def test_the_first_bias_has_the_moments_that_its_initializer_declares():
    described = gn.layers.lstm(4, forget_bias=3.0).parameters((5, 2))["bias"].initializer
    values = described.sample((16,), 16, 16, np.random.default_rng(0))

    mean, variance = described.moments((16,), 16, 16)
    assert (mean, variance) == (pytest.approx(values.mean()), pytest.approx(values.var()))


def test_an_open_forget_gate_keeps_a_cell_for_long():
    # i is 1 while the input is 1, and 0 while it is 0; f is all but 1.
    network = one_unit([80, 0, 1, 0], [0] * 4, [-40, 40, 0, 40], steps=100)
    x = np.zeros((1, 100, 1))
    x[0, 0] = 1

    y = network.predict(x)[0, :, 0]

    np.testing.assert_allclose(y, np.full(100, math.tanh(math.tanh(1))), rtol=1e-12)


@pytest.mark.parametrize("units", [0, -1, 2.5, True])
def test_units_must_be_a_positive_whole_number(units):
    with pytest.raises(gn.OptionError, match="lstm: units must be"):
        gn.layers.lstm(units)
