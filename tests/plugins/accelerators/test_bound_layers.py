"""Layers that are bound to their arrays: the bytes of the layers themselves, and left alone where they do not fit."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.model.sequential import WholeBatch
from glassnet_accelerators.small_dense import SmallDense

pytest.importorskip("llvmlite")

from glassnet_accelerators.bound_layers import BoundLayers
from glassnet_accelerators.dense_by_loops import DenseByLoops

SHAPE = (2,)


def network(*layers):
    return gn.Network(layers).build(SHAPE, seed=0)


def compiled(net, leave=None):
    """Return the layers of a network with compiled ones for its dense layers, but for one in a place."""
    are_dense = [type(layer) is type(gn.layers.dense(1)) for layer in net.layers]
    return net.sequence_of(
        [DenseByLoops(layer) if are_dense[n] and n != leave else layer for n, layer in enumerate(net.layers)]
    )


class Left(WholeBatch):
    """Counts what is left to it."""

    def __init__(self, network):
        super().__init__(network)
        self.calls = []

    def forward(self, sequence, x, ctx):
        self.calls.append("forward")
        return super().forward(sequence, x, ctx)

    def backward(self, sequence, caches, dy, ctx):
        self.calls.append("backward")
        super().backward(sequence, caches, dy, ctx)


def passed(net, sequence, parts, x, dy):
    """Return outputs and gradients, in bytes, of a pass forward and backward."""
    net.gradients[:] = np.nan
    with net.workspace(training=True) as ctx:
        y, caches = parts.forward(sequence, x, ctx)
        outputs = y.tobytes()
        parts.backward(sequence, caches, dy, ctx)
    return outputs, net.gradients.tobytes()


def samples(count, dtype="float32"):
    rng = np.random.default_rng(count)
    return rng.normal(size=(count, 2)).astype(dtype), rng.normal(size=(count, 3)).astype("float32")


NETWORKS = {
    "dense": ["dense(3)"],
    "activations": ["dense(8)", "tanh", "dense(4, bias=False)", "relu", "dense(3)"],
    "first an activation": ["tanh", "dense(3)"],
    "last an activation": ["dense(3)", "softmax"],
    "not trained": ["dense(8, trainable=False)", "tanh", "dense(3)"],
}


@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_a_pass_has_the_bytes_of_the_layers(layers):
    net = network(*layers)
    left, sequence = Left(net), compiled(net)
    bound = BoundLayers(left)
    for count in (4, 2, 4, 1, 2):
        x, dy = samples(count)
        assert passed(net, sequence, bound, x, dy) == passed(net, sequence, WholeBatch(net), x, dy)
    assert left.calls == ["forward", "backward"] * 3  # the first pass with each number of samples


@pytest.mark.parametrize(
    ("layers", "leave"),
    [
        (["dense(8)", "dropout(0.5)", "dense(3)"], None),
        ([gn.layers.dense(2)] * 2 + ["dense(3)"], None),
        (["dense(8)", "dense(3)"], 1),
    ],
    ids=["another layer", "a layer in two places", "a dense by NumPy"],
)
def test_networks_that_cannot_be_bound_are_left_alone(layers, leave):
    net = network(*layers)
    left, sequence = Left(net), compiled(net, leave)
    bound = BoundLayers(left)
    x, dy = samples(4)
    for _ in range(2):
        assert passed(net, sequence, bound, x, dy) == passed(net, sequence, WholeBatch(net), x, dy)
    assert left.calls == ["forward", "backward"] * 2


def test_a_pass_within_a_pass_leaves_the_arrays_of_the_outer_one():
    net = network("dense(8)", "relu", "dense(3)")
    sequence, (x, dy) = compiled(net), samples(4)
    wanted = passed(net, sequence, WholeBatch(net), x, dy)
    bound = BoundLayers(WholeBatch(net))
    passed(net, sequence, bound, x, dy)
    for _ in range(3):
        with net.workspace(training=True) as ctx:
            y, caches = bound.forward(sequence, x, ctx)
            passed(net, sequence, bound, -x, dy)
            outputs = y.tobytes()
            bound.backward(sequence, caches, dy, ctx)
        assert (outputs, net.gradients.tobytes()) == wanted


@pytest.mark.parametrize(
    ("change", "calls"),
    [
        (lambda x, dy: (x.astype("float64"), dy), ["forward", "backward"]),
        (lambda x, dy: (np.asfortranarray(x), dy), ["forward"]),
        (lambda x, dy: (x, np.asfortranarray(dy)), ["backward"]),
    ],
    ids=["inputs of eight bytes", "inputs by columns", "gradients by columns"],
)
def test_arrays_that_the_code_does_not_take_are_left_to_the_layers(change, calls):
    net = network("dense(8)", "tanh", "dense(3)")
    left, sequence = Left(net), compiled(net)
    bound = BoundLayers(left)
    passed(net, sequence, bound, *samples(4))
    left.calls.clear()
    x, dy = change(*samples(4))
    assert passed(net, sequence, bound, x, dy) == passed(net, sequence, WholeBatch(net), x, dy)
    assert left.calls == calls


def test_batches_of_ever_new_lengths_are_not_kept_without_end():
    net = network("dense(3)")
    left, sequence = Left(net), compiled(net)
    bound = BoundLayers(left)
    for _ in range(2):
        for count in range(1, 20):
            x, dy = samples(count)
            assert passed(net, sequence, bound, x, dy) == passed(net, sequence, WholeBatch(net), x, dy)
    assert left.calls == ["forward", "backward"] * (19 + 11)


def test_a_training_uses_it_to_the_same_bytes(monkeypatch):
    monkeypatch.setattr(SmallDense, "is_worthwhile", lambda self, workload: True)
    x = np.random.default_rng(0).normal(size=(10, 2)).astype("float32")
    ends, kinds = [], set()

    class Kinds(gn.Callback):
        """Notes what runs the layers."""

        def on_run_start(self, run):
            kinds.add(type(run.objective.parts))
            if ends:
                run.objective.parts = WholeBatch(run.network)

    for _ in range(2):
        net = gn.Network("dense(8) tanh dense(1)").build((2,), seed=0)
        net.fit(x, x[:, :1], loss="mse", optimizer="adam", epochs=3, batch_size=4, callbacks=[Kinds()], progress=False)
        ends.append(net.flat_parameters.tobytes())
    assert kinds == {BoundLayers}
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("method", "change"),
    [("forward", lambda y: y[:1]), ("backward", lambda dx: dx[:1]), ("backward", lambda dx: None)],
    ids=["forward of one row", "backward of one row", "backward of None"],
)
def test_a_result_of_a_wrong_shape_is_named_as_without_it(monkeypatch, method, change):
    monkeypatch.setattr(SmallDense, "is_worthwhile", lambda self, workload: True)

    class Wrong(gn.Activation):
        def forward(self, x):
            return change(np.tanh(x)) if method == "forward" else np.tanh(x)

        def backward(self, dy, x, y):
            return change(dy * (1 - y**2)) if method == "backward" else dy * (1 - y**2)

    x = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
    net = gn.Network(["dense(8)", Wrong(), "dense(1)"]).build((2,), seed=0)
    with pytest.raises(gn.ShapeError, match=rf"{method}\(\) of wrong"):
        net.fit(x, x[:, :1], loss="mse", optimizer="adam", epochs=3, batch_size=4, progress=False)


def test_a_layer_with_an_option_named_bound_is_left_alone(monkeypatch):
    monkeypatch.setattr(SmallDense, "is_worthwhile", lambda self, workload: True)

    class Clip(gn.Layer):
        bound: float = gn.option(1.0, help="largest size of a number")

        def forward(self, params, x, ctx):
            return np.clip(x, -self.bound, self.bound), x

        def backward(self, params, cache, dy, grads, ctx):
            return dy * (abs(cache) < self.bound)

    x = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
    net = gn.Network(["dense(8)", Clip(), "dense(1)"]).build((2,), seed=0)
    net.fit(x, x[:, :1], loss="mse", optimizer="adam(lr=0.1)", epochs=30, batch_size=4, progress=False)
    assert net.history["loss"][-1] < net.history["loss"][0] / 2
