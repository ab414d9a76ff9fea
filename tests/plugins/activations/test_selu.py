from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn

SCALE, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717  # the paper's appendix


def test_values_worked_out_by_hand():
    # exp(-ln 2) - 1 = -1/2.
    y = gn.activations.selu().forward(np.array([[2.0, 0.0, -math.log(2)]]))

    np.testing.assert_allclose(y, [[2 * SCALE, 0.0, -SCALE * ALPHA / 2]], rtol=1e-15)


def test_gradients_worked_out_by_hand():
    x = np.array([[2.0, 0.0, -math.log(2)]])
    selu = gn.activations.selu()

    dx = selu.backward(np.array([[1.0, 1.0, 4.0]]), x, selu.forward(x))

    np.testing.assert_allclose(dx, [[SCALE, SCALE * ALPHA, 2 * SCALE * ALPHA]], rtol=1e-14)


def test_a_standard_normal_input_keeps_mean_0_and_variance_1():
    # By quadrature over the normal density, from -12 to 12.
    x = np.linspace(-12, 12, 240_001)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) * (x[1] - x[0])

    y = gn.activations.selu().forward(x)

    assert abs(np.sum(y * density)) < 1e-8
    assert abs(np.sum(y * y * density) - 1) < 1e-8


@pytest.mark.parametrize("widths", [(256, 256), (512, 64)])
def test_activations_keep_their_size_through_twenty_layers(widths):
    layers = [layer for width in widths * 10 for layer in (f"dense({width}, bias=False)", "selu")]
    network = gn.Network(layers).build((256,), seed=0)
    x = np.random.default_rng(0).normal(size=(500, 256)).astype("float32")

    y = network.predict(x)

    # Twenty random matrices of 256 rows scatter; without the right constants the size changes a thousandfold, and with
    # weights whose variance is not 1 / fan_in it is less than half where the widths alternate.
    assert abs(y.mean()) < 0.2
    assert 0.7 < y.std() < 1.4
