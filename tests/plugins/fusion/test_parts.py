"""What recurrent layers and attention compute between their products."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.choice import always_faster
from glassnet_accelerators.compilable import Compilable
from glassnet_fusion.choice import everything_fused, fused, parts_of
from glassnet_fusion.programs import finish_compiling
from glassnet_fusion.report import fused_names, fused_parts

SPECS = ["lstm(16)", "lstm(16, mask=True, return_sequences=True)", "gru(16)", "self_attention(2, causal=True)"]


def passes(layer, dtype):
    """Return the bytes of output and gradients."""
    net = gn.Network([layer]).build((12, 8), seed=0, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(40, 12, 8)).astype(dtype)
    with net.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        if "mask" in repr(layer):
            ctx.mask = np.arange(12) < np.arange(1, 41)[:, np.newaxis]
        y, caches = net.sequence.forward(net.parameter_views, x, ctx)
        y = y.copy()
        dy = np.random.default_rng(1).normal(size=y.shape).astype(dtype)
        dx = net.sequence.backward(net.parameter_views, caches, dy, net.gradient_views, ctx)
    return y.tobytes(), dx.tobytes(), net.gradients.tobytes()


@pytest.fixture
def layer_of(monkeypatch):
    """Return a function that makes an accelerated layer whose parts are not compiled yet."""

    def make(spec):
        layer = always_faster(gn.create("layer", spec), 0)
        for part in parts_of(layer):
            monkeypatch.setattr(part, "compiled", None)
        everything_fused.cache_clear()
        return layer

    return make


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("spec", SPECS)
def test_compiled_parts_have_the_bytes_of_numpy(layer_of, spec, dtype):
    layer = layer_of(spec)
    wanted = passes(layer, dtype)
    assert everything_fused(layer) is layer
    assert passes(layer, dtype) == wanted
    finish_compiling()
    assert passes(layer, dtype) == wanted
    assert [part.compiled.last_reason for part in parts_of(layer)] == [""] * len(parts_of(layer))
    assert all(part.compiled.has_run for part in parts_of(layer))


def test_parts_are_reported(layer_of):
    layer = layer_of("lstm(16)")
    assert fused_names(layer) == []
    everything_fused(layer)
    for _ in range(2):
        passes(layer, "float32")
        finish_compiling()
    assert fused_names(layer) == ["lstm"]
    assert fused_parts(layer) == {"lstm step": "", "lstm step back": ""}


def test_parts_that_are_called_at_each_step_of_a_sequence_pay_earlier(layer_of, monkeypatch):
    """A step of 320 samples of 4 numbers saves 4 µs, and at each of 40 steps of a sequence 40 times as much."""
    monkeypatch.setattr("glassnet_fusion.choice.cost_of_code", lambda: 0.1)
    layer = layer_of("lstm(32)")
    fused(layer, 1280, steps=10_000)
    assert parts_of(layer)[0].compiled is None
    fused(layer, 1280, steps=10_000, calls=40)
    assert parts_of(layer)[0].compiled is not None


def test_a_run_of_small_sequences_has_compiled_parts(layer_of):
    class StopAtOnce(gn.Callback):
        def should_stop(self, run):
            return True

    layer = layer_of("lstm(4)")
    x, y = np.zeros((64, 40, 1), np.float32), np.zeros((64, 1), np.float32)
    net = gn.Network("lstm(4) dense(1)")
    net.fit(x, y, loss="mse", optimizer="sgd", epochs=5000, batch_size=32, callbacks=[StopAtOnce()], progress=False)
    assert parts_of(layer)[0].compiled is not None


def test_what_cannot_be_compiled_is_computed_by_numpy():
    @Compilable
    def backwards(x):
        return x[::-1] * 2

    from glassnet_fusion.fused_function import FusedFunction

    backwards.compiled = FusedFunction(backwards.function, backwards.function)
    np.testing.assert_array_equal(backwards(np.arange(3.0)), [4, 2, 0])
    assert backwards.compiled.last_reason == "it picks elements by an index"
