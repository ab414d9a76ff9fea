"""Layers that compute with their input and parameters alone, of a third party too."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.choice import Acceleration, always_faster
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.fused_layer import FusedLayer, fusion_of_layer
from glassnet_fusion.programs import finish_compiling


class Scale(gn.Layer):
    """A factor and a shift for each feature, and a cache with more than arrays in it."""

    def parameters(self, shape):
        return {"factors": gn.Parameter(shape[-1:], initializer="ones"), "shift": gn.Parameter(shape[-1:])}

    def forward(self, params, x, ctx):
        size = np.abs(x).mean(axis=-1, keepdims=True)
        return x / size * params["factors"] + params["shift"], (x, (size, ctx.training, None))

    def backward(self, params, cache, dy, grads, ctx):
        x, (size, training, _) = cache
        axes = tuple(range(dy.ndim - 1))
        grads["factors"][...] = (dy * x / size).sum(axis=axes)
        grads["shift"][...] = dy.sum(axis=axes)
        g = dy * params["factors"]
        return g / size - np.sign(x) * (g * x / size**2).mean(axis=-1, keepdims=True) if training else g


class RMSNorm(gn.Layer):
    """Zhang and Sennrich (2019), Root Mean Square Layer Normalization, arXiv:1910.07467."""

    def parameters(self, shape):
        return {"scale": gn.Parameter(shape[-1:], initializer="ones")}

    def forward(self, params, x, ctx):
        size = np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + 1e-6)
        return params["scale"] * (x / size), (x, size)

    def backward(self, params, cache, dy, grads, ctx):
        x, size = cache
        normal = x / size
        grads["scale"][...] = (dy * normal).sum(axis=tuple(range(dy.ndim - 1)))
        g = dy * params["scale"]
        return (g - normal * (g * normal).mean(axis=-1, keepdims=True)) / size


class Doubling(gn.Layer):
    """Decides by the cache, whose arrays look alike both ways."""

    def forward(self, params, x, ctx):
        return x * 2 + x, (x, bool(ctx.training))

    def backward(self, params, cache, dy, grads, ctx):
        x, training = cache
        return dy * 3 + x * 0 if training else dy * 5 - x


def passes(layer, shape, dtype, training=True):
    """Return output, gradients of the input and of the parameters of two passes."""
    net = gn.Network([layer]).build(shape, seed=0, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(300, *shape)).astype(dtype)
    results = []
    for _ in range(2):
        with net.workspace(training=training) as ctx:
            ctx.needs_input_grad = True
            y, caches = net.sequence.forward(net.parameter_views, x, ctx)
            y = y.copy()
            dx = net.sequence.backward(net.parameter_views, caches, x[::-1].copy(), net.gradient_views, ctx)
        state = [array.tobytes() for arrays in net.state.values() for array in arrays.values()]
        results.append((y.tobytes(), dx.tobytes(), net.gradients.tobytes(), *state))
        finish_compiling()
    return results


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "layer",
    [
        Scale(),
        RMSNorm(),
        gn.layers.layer_norm(),
        always_faster(gn.layers.layer_norm(), 0),
        gn.layers.batch_norm(),
        gn.layers.batch_norm(update_statistics=False),
    ],
    ids=repr,
)
# Of 300 samples with 300 features, one axis may be rows or columns.
@pytest.mark.parametrize("shape", [(40,), (5, 30), (300,)], ids=str)
def test_forward_and_backward_have_the_bytes_of_the_layer(layer, shape, dtype):
    fused = everything_fused(layer)
    assert isinstance(fused, FusedLayer)
    assert passes(fused, shape, dtype) == passes(layer, shape, dtype)
    functions = fusion_of_layer(layer, True, True, True)
    every = [*(each for each, _ in functions.forwards.values()), *functions.backwards.values()]
    assert [each.last_reason for each in every] == ["", ""]


class Twice(gn.LayerWrapper):
    """Runs its layer on its own output."""

    def forward(self, params, x, ctx):
        first, kept = self.layer.forward(params, x, ctx)
        second, of_second = self.layer.forward(params, first, ctx)
        return first + second, (kept, of_second)

    def backward(self, params, cache, dy, grads, ctx):
        dfirst = self.layer.backward(params, cache[1], dy, grads, ctx)
        return self.layer.backward(params, cache[0], dy + dfirst, grads, ctx)


def test_long_results_of_a_layer_that_runs_twice_in_a_pass_stay():
    layer = RMSNorm()
    assert passes(Twice(everything_fused(layer)), (300,), "float32") == passes(Twice(layer), (300,), "float32")


def test_a_cache_that_says_something_else_is_computed_otherwise():
    layer = Doubling()
    fused = everything_fused(layer)
    for training in (True, False):
        assert passes(fused, (40,), "float32", training) == passes(layer, (40,), "float32", training)


@pytest.mark.parametrize("name", ["batch_norm", "dense(3)", "flatten"])
def test_accelerated_layers_and_those_that_move_are_left_alone(name):
    layer = always_faster(gn.create("layer", name), 0)
    assert everything_fused(layer) is layer


def test_what_holds_a_fused_layer_may_ask_for_what_the_layer_has():
    from glassnet_distributed.sync_batch_norm import SyncBatchNorm

    fused = everything_fused(SyncBatchNorm(gn.layers.batch_norm(epsilon=0.5), run=None))
    assert isinstance(fused.layer, FusedLayer)
    assert fused.layer.epsilon == 0.5
    with pytest.raises(AttributeError, match="epsilom"):
        _ = fused.layer.epsilom
    x = np.arange(24, dtype=np.float32).reshape(6, 4)
    with gn.Network([fused]).build((4,)).workspace(training=False) as ctx:
        y, _ = fused.forward({"scale": np.ones(4), "shift": np.zeros(4)}, x, ctx.child("0"))
    np.testing.assert_allclose(y, x / np.sqrt(1.5), rtol=1e-6)  # mean 0 and variance 1 at first


def test_a_run_goes_on_with_the_batch_norm_that_it_began_with():
    layer = gn.layers.batch_norm()
    chosen = {
        recorded: type(Acceleration(10_000, recorded and [*recorded]).replacement(layer, 100_000)).__name__
        for recorded in (None, ("numpy_batch_norm",))
    }
    assert chosen == {None: "FusedLayer", ("numpy_batch_norm",): "BatchNormInPieces"}
    short = Acceleration(10)
    short.replacement(layer, 100_000)
    assert short.to_record == ["numpy_batch_norm"]


def test_prelu_is_fused_as_the_layer_that_it_makes():
    prelu = gn.activations.prelu()
    assert passes(everything_fused(prelu), (40,), "float32") == passes(prelu, (40,), "float32")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["dropout", "dropout(0.1)", "gaussian_noise"])
def test_random_numbers_are_drawn_as_the_layer_draws_them(name, dtype):
    layer = gn.create("layer", name)
    assert passes(everything_fused(layer), (40,), dtype) == passes(layer, (40,), dtype)
    ((function, _),) = fusion_of_layer(layer, True, True, True).forwards.values()
    assert function.has_run


def test_what_is_not_computed_has_drawn_nothing():
    layer = gn.layers.dropout()
    x = np.ones((300, 40), np.float32)
    net = gn.Network([layer]).build((40,), seed=0)
    results = []
    for each in (x, np.repeat(x, 2, axis=1)[:, ::2]):  # the second is in pieces, which is found when all is drawn
        for _ in range(2):
            with net.workspace(training=True) as ctx:
                y, _ = everything_fused(layer).forward({}, each, ctx)
            results.append(y.tobytes())
            finish_compiling()
    assert len(set(results)) == 1


class Masked(gn.Layer):
    """Asks for something that is not followed."""

    def forward(self, params, x, ctx):
        return (x * 2 if ctx.mask is None else x) + 1, x

    def backward(self, params, cache, dy, grads, ctx):
        return dy * 2 + cache * 0


class Choosing(gn.Layer):
    """Draws numbers in a way that is not followed."""

    def forward(self, params, x, ctx):
        return x * ctx.rng.integers(0, 2, x.shape) + 1, x

    def backward(self, params, cache, dy, grads, ctx):
        return dy * 2 + cache * 0


@pytest.mark.parametrize(("layer", "reason"), [(Masked(), "ctx.mask"), (Choosing(), "ctx.rng.integers")], ids=repr)
def test_what_is_not_followed_is_left_to_numpy(layer, reason):
    assert passes(everything_fused(layer), (40,), "float32") == passes(layer, (40,), "float32")
    ((function, _),) = fusion_of_layer(layer, True, True, True).forwards.values()
    assert function.last_reason == f"it uses {reason}"


def test_a_kind_that_is_left_to_numpy_is_asked_for_once(monkeypatch):
    fused, x = everything_fused(gn.layers.dropout(0.5)), np.ones((4, 8), np.float32)
    with gn.Network([gn.layers.dropout(0.5)]).build((8,)).workspace(training=True) as ctx:
        _, mask = fused.forward({}, x, ctx)
        assert fused.backward({}, mask, 3 * x, {}, ctx).tobytes() == (3 * mask).tobytes()
        monkeypatch.delattr(FusedFunction, "fused")
        assert fused.backward({}, mask, 3 * x, {}, ctx).tobytes() == (3 * mask).tobytes()
