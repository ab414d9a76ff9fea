"""layer_norm in pieces: an array with another order in memory NumPy adds up in that order."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.numpy_only.layer_norm import LayerNormInPieces

RNG = np.random.default_rng(0)
STRAIGHT = RNG.normal(size=(50, 40, 60)).astype(np.float32)
TURNED = RNG.normal(size=(50, 60, 40)).astype(np.float32).transpose(0, 2, 1)


def passed(layer, x, dy):
    net = gn.Network([layer]).build((40, 60), seed=0)
    with net.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        y, cache = layer.forward(net.parameter_views["0"], x, ctx.child("0"))
        y = y.copy()
        dx = layer.backward(net.parameter_views["0"], cache, dy, net.gradient_views["0"], ctx.child("0"))
        return y.tobytes(), dx.tobytes(), net.gradients.tobytes()


@pytest.mark.parametrize("x", [STRAIGHT, TURNED], ids=["x", "turned_x"])
@pytest.mark.parametrize("dy", [STRAIGHT, TURNED], ids=["dy", "turned_dy"])
def test_bytes_are_those_of_the_formula_in_every_order_of_memory(x, dy):
    layer = gn.layers.layer_norm()
    assert passed(LayerNormInPieces(layer), x, dy) == passed(layer, x, dy)
