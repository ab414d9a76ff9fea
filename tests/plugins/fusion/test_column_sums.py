"""Sums over all rows: NumPy's bytes for any number of rows, columns and threads; code with other bytes is not used."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_fusion import column_sums, programs, shared_passes
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.programs import finish_compiling

pytest.importorskip("llvmlite")


def centred(x):
    """Return rows less the mean of all of them, the means, and the sums of squares in float64."""
    means = x.mean(axis=0)
    squares = np.square(x - x.mean(axis=0, dtype=np.float64)).sum(axis=0)
    return x - means, means, squares


@pytest.fixture(params=[1, 2, 3, 8])
def threads_of_code(request, sharing):
    sharing(request.param)
    return request.param


@pytest.mark.parametrize("columns", [2, 15, 16, 33, 48, 71, 300])
@pytest.mark.parametrize("rows", [3, 40, 1500])
def test_rows_are_added_up_in_the_order_of_numpy(rows, columns, threads_of_code, compiled, same_bytes):
    x = (np.random.default_rng(rows).normal(3, 1, (rows, columns)) * 10.0 ** np.arange(columns)[::-1] ** 0.25).astype(
        "float32"
    )
    function = FusedFunction(centred, centred)
    for got, wanted in zip(compiled(function, x), centred(x), strict=True):
        same_bytes(got, wanted)
    assert function.last_reason == ""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "shape"), [("layer_norm", (70, 5, 40)), ("batch_norm", (40, 5, 5, 24))])
def test_threads_share_layers_that_add_up_the_batch(name, shape, dtype, threads_of_code):
    x, dy = np.random.default_rng(0).normal(2, 3, (2, *shape)).astype(dtype)
    nets = [gn.Network([name]).build(shape[1:], dtype=dtype, seed=0) for _ in range(2)]
    layer = nets[0].layers[0]
    ends = []
    for net, used in zip(nets, (layer, everything_fused(layer)), strict=True):
        sequence = net.sequence_of([used])
        net.flat_parameters += np.linspace(0, 1, net.flat_parameters.size)
        for _ in range(3):
            with net.workspace(training=True) as ctx:
                ctx.needs_input_grad = True
                y, caches = sequence.forward(net.parameter_views, x, ctx)
                dx = net.backward(sequence, caches, dy, ctx)
                ends.append([y.tobytes(), dx.tobytes(), net.gradients.tobytes(), repr(net.state)])
            finish_compiling()
    assert ends[3:] == ends[:3]


def test_shared_code_that_adds_up_in_another_order_is_not_used(monkeypatch, empty_cache):
    """Only the code that threads share is wrong: it leaves out the first row."""
    monkeypatch.setattr(programs, "_programs", {})
    write_sums = shared_passes._OnePass.write_sums

    def without_first(self, start, stop):
        self.start = column_sums.INDEX(1)
        write_sums(self, start, stop)

    monkeypatch.setattr(shared_passes._OnePass, "write_sums", without_first)
    function = FusedFunction(centred, centred)
    x = np.random.default_rng(0).normal(size=(50, 20)).astype("float32")
    function(x)
    finish_compiling()
    function(x)
    assert function.last_reason == "here compiled code gives other bytes than NumPy"
