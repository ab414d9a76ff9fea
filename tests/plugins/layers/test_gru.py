from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn

LOG3 = math.log(3)  # the logistic function is 3/4 here and 1/4 at -LOG3; tanh is 1/2 at LOG3 / 2


def one_unit(weights, recurrent, bias, recurrent_bias, steps):
    """A gru of one unit that reads one feature; parameters in the order r, z, n."""
    network = gn.Network(["gru(1, return_sequences=True)"]).build((steps, 1), dtype="float64")
    network.parameters["0.weights"][:] = [weights]
    network.parameters["0.recurrent_weights"][:] = [recurrent]
    network.parameters["0.bias"][:] = bias
    network.parameters["0.recurrent_bias"][:] = recurrent_bias
    return network


def test_two_steps_worked_out_by_hand():
    # r = 3/4, z = 1/4; the recurrent bias passes the reset gate, so n = tanh(3/4 · 2/3 LOG3) = 1/2.
    network = one_unit([0, -LOG3, 0], [0, 0, 0], [LOG3, 0, 0], 2 / 3 * LOG3, steps=2)

    y = network.predict(np.array([[[1.0], [0.0]]]))

    first = (1 - 0.25) * 0.5
    second = 0.5 * 0.5 + 0.5 * first  # z = 1/2
    np.testing.assert_allclose(y[0, :, 0], [first, second], rtol=1e-14)


def test_the_last_output_is_reset_behind_its_product():
    weights, recurrent, bias, recurrent_bias = [0.3, -0.2, 0.5], [0.7, -0.4, 1.2], [0.1, 1.0, -0.3], 0.4
    inputs, h = [0.5, -1.0, 2.0], 0.0
    outputs = []
    for x in inputs:
        r = 1 / (1 + math.exp(-(x * weights[0] + h * recurrent[0] + bias[0])))
        z = 1 / (1 + math.exp(-(x * weights[1] + h * recurrent[1] + bias[1])))
        n = math.tanh(x * weights[2] + bias[2] + r * (h * recurrent[2] + recurrent_bias))
        h = (1 - z) * n + z * h
        outputs.append(h)

    y = one_unit(weights, recurrent, bias, recurrent_bias, steps=3).predict(np.array([[[x] for x in inputs]]))

    np.testing.assert_allclose(y[0, :, 0], outputs, rtol=1e-13)


def test_the_gradients_of_one_step_worked_out_by_hand():
    network = one_unit([0, -LOG3, 0], [0, 0, 0], [LOG3, 0, 0], 2 / 3 * LOG3, steps=1)
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        _, caches = network.sequence.forward(network.parameter_views, np.array([[[1.0]]]), ctx)
        dx = network.sequence.backward(
            network.parameter_views, caches, np.array([[[1.0]]]), network.gradient_views, ctx
        )

    r, z, n, q = 0.75, 0.25, 0.5, 2 / 3 * LOG3
    dn = (1 - z) * (1 - n**2)
    dr, dz = dn * q * r * (1 - r), (0 - n) * z * (1 - z)
    gradients = network.layout.named(network.gradients)
    np.testing.assert_allclose(gradients["0.bias"], [dr, dz, dn], rtol=1e-13)
    np.testing.assert_allclose(gradients["0.weights"], [[dr, dz, dn]], rtol=1e-13)
    np.testing.assert_allclose(gradients["0.recurrent_bias"], [dn * r], rtol=1e-13)
    np.testing.assert_array_equal(gradients["0.recurrent_weights"], [[0, 0, 0]])
    np.testing.assert_allclose(dx, [[[-LOG3 * dz]]], rtol=1e-13)


def test_a_closed_update_gate_keeps_the_output():
    # z is all but 1 while the input is 0, and 0 while it is 1.
    network = one_unit([0, -80, 1], [0, 0, 0], [0, 40, 0], 0, steps=50)
    x = np.zeros((1, 50, 1))
    x[0, 0] = 1

    np.testing.assert_allclose(network.predict(x)[0, :, 0], np.full(50, math.tanh(1)), rtol=1e-12)


def test_first_biases_are_zero_and_biases():
    network = gn.Network(["gru(3)"]).build((5, 2))
    described = gn.layers.gru(3).parameters((5, 2))

    assert described["recurrent_bias"].shape == (3,)
    assert described["recurrent_bias"].is_bias
    assert not network.parameters["0.bias"].any()
    assert not network.parameters["0.recurrent_bias"].any()


@pytest.mark.parametrize("units", [0, -1, 2.5, True])
def test_units_must_be_a_positive_whole_number(units):
    with pytest.raises(gn.OptionError, match="gru: units must be"):
        gn.layers.gru(units)
