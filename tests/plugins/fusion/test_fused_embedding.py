"""The gradient of embedding, compiled from its formula."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.fused_layer import FusedLayer, fusion_of_layer
from glassnet_fusion.programs import finish_compiling


def gradients(layer, x, dy, dtype):
    net = gn.Network([layer]).build(x.shape[1:], seed=0, dtype=dtype)
    found = []
    for _ in range(2):
        with net.workspace(training=True) as ctx, np.errstate(invalid="ignore"):
            ctx.needs_input_grad = True
            y, caches = net.sequence.forward(net.parameter_views, x, ctx)
            dx = net.sequence.backward(net.parameter_views, caches, dy, net.gradient_views, ctx)
        found.append((y.tobytes(), dx.tobytes(), net.gradients.tobytes()))
        finish_compiling()
    return found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
# As many samples as indices, or as numbers of a vector, too.
@pytest.mark.parametrize("spec", ["embedding(70, 33)", "embedding(70, 33, padding=0)", "embedding(5, 70, padding=4)"])
@pytest.mark.parametrize("shape", [(9,), (3, 4)], ids=str)
def test_gradients_have_the_bytes_of_the_formula(spec, shape, dtype):
    layer = gn.create("layer", spec)
    rng = np.random.default_rng(0)
    x = rng.integers(0, layer.vocabulary, (70, *shape))
    dy = (rng.normal(size=(*x.shape, layer.units)) * 10.0 ** rng.uniform(-9, 9, (*x.shape, 1))).astype(dtype)
    dy[:3, ..., 0] = -0.0
    assert gradients(FusedLayer(layer), x, dy, dtype) == gradients(layer, x, dy, dtype)
    (backward,) = fusion_of_layer(layer, True, True, True).backwards.values()
    assert (backward.has_run, backward.last_reason) == (True, "")


def added(rows, indices, values):
    rows[...] = 0
    np.add.at(rows, indices, values * 2 + 1)
    return rows


def test_rows_are_added_by_hand(compiled):
    fused = FusedFunction(added, added)
    rows = np.full((3, 300), 9.0)
    indices = np.array([[0, 2], [-1, 0], [2, 2]])
    compiled(fused, rows, indices, np.ones((3, 2, 300)))
    # 3 for each of two, none, and four places.
    assert rows.tolist() == [[6.0] * 300, [0.0] * 300, [12.0] * 300]
    assert fused.has_run


def test_an_index_beyond_the_rows_is_an_error_as_in_numpy(compiled):
    fused = FusedFunction(added, added)
    arguments = np.zeros((3, 300)), np.zeros((3, 2), np.int64), np.ones((3, 2, 300))
    compiled(fused, *arguments)
    assert fused.has_run
    arguments[1][2, 1] = 3
    with pytest.raises(IndexError, match="index 3 is out of bounds"):
        fused(*arguments)
