"""A layer that is listed twice: one set of parameters and state, with the sum of its gradients."""

import copy
import pickle

import numpy as np
import pytest

import glassnet as gn
from glassnet_parallel import microbatches as batch_parts

RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, 3))
Y = RNG.normal(size=(7, 3))


class Forward(gn.Layer):
    """A layer whose backward is derived from its forward."""

    def parameters(self, shape):
        return {"factor": gn.Parameter(shape, initializer="ones")}

    def forward(self, params, x, ctx):
        return np.tanh(x * params["factor"]), None


class Both(gn.Layer):
    """Holds two layers and runs them itself, not through a sequence."""

    first: gn.Layer = gn.option(kind="layer", help="is run first")
    second: gn.Layer = gn.option(kind="layer", help="is run then")

    def parameters(self, shape):
        return {"a": self.first.parameters(shape), "b": self.second.parameters(shape)}

    def forward(self, params, x, ctx):
        y, first = self.first.forward(params["a"], x, ctx.child("a"))
        y, second = self.second.forward(params["b"], y, ctx.child("b"))
        return y, (first, second)

    def backward(self, params, cache, dy, grads, ctx):
        child = ctx.child("b")
        child.needs_input_grad = True
        dy = self.second.backward(params["b"], cache[1], dy, grads["b"], child)
        return self.first.backward(params["a"], cache[0], dy, grads["a"], ctx.child("a"))


class InSequence(gn.Layer):
    """Holds layers, runs them through a sequence, and has no backward of its own."""

    layers: tuple[gn.Layer, ...] = gn.option(kind="layer", many=True, help="what is run")

    def parameters(self, shape):
        return gn.LayerSequence(self.layers).parameters(shape)

    def forward(self, params, x, ctx):
        return gn.LayerSequence(self.layers).forward(params, x, ctx)


def tied():
    layer = gn.layers.dense(3)
    return gn.Network([layer, "tanh", layer]).build((3,), seed=1, dtype="float64")


def nested():
    """The same layer in the network, in a residual, in a concat and in a sequential within it."""
    layer, norm = gn.layers.dense(3), gn.layers.batch_norm()
    inner = gn.layers.sequential(["tanh", layer, norm])
    return gn.Network(
        [layer, norm, gn.layers.residual([layer, "tanh", layer]), gn.layers.concat([layer, inner]), "dense(3)"]
    )


def test_a_layer_listed_twice_is_the_formula_with_one_set_of_weights():
    net = tied()
    assert list(net.parameters) == ["0.weights", "0.bias"]
    assert net.flat_parameters.size == 12
    w, b = net.parameters["0.weights"], net.parameters["0.bias"]
    b[:] = [0.1, 0.2, 0.3]
    np.testing.assert_allclose(net.predict(X), np.tanh(X @ w + b) @ w + b, rtol=1e-12)


def test_its_gradients_are_added():
    """The derivative of the mean square by hand: once through each use."""
    net = tied()
    w, b = net.parameters["0.weights"].copy(), net.parameters["0.bias"].copy()
    hidden = np.tanh(X @ w + b)
    dy = 2 * (hidden @ w + b - Y) / Y.size
    dhidden = (dy @ w.T) * (1 - hidden**2)
    net.fit(X, Y, loss="mse", optimizer="sgd(lr=0.5)", batch_size=7)
    order = {"rtol": 1e-10, "atol": 1e-14}
    np.testing.assert_allclose(net.parameters["0.weights"], w - 0.5 * (hidden.T @ dy + X.T @ dhidden), **order)
    np.testing.assert_allclose(net.parameters["0.bias"], b - 0.5 * (dy.sum(axis=0) + dhidden.sum(axis=0)), **order)


def test_layers_of_layers_share_too():
    net = nested().build((3,), seed=2, dtype="float64")
    assert list(net.parameters) == ["0.weights", "0.bias", "1.scale", "1.shift", "4.weights", "4.bias"]
    w, b = net.parameters["0.weights"], net.parameters["0.bias"]
    norm = 1 / np.sqrt(1 + 1e-5)
    h = (X @ w + b) * norm
    h = h + np.tanh(h @ w + b) @ w + b
    h = np.concatenate([h @ w + b, (np.tanh(h) @ w + b) * norm], axis=1)
    expected = h @ net.parameters["4.weights"] + net.parameters["4.bias"]
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-10)


@pytest.mark.parametrize(
    "layers",
    [
        lambda layer: [layer, "tanh", layer],
        lambda layer: [layer, layer, layer],
        lambda layer: [layer, gn.layers.residual([layer, "tanh"]), layer],
        lambda layer: [gn.layers.residual([layer, "tanh", layer])],
        lambda layer: [gn.layers.concat([layer, layer]), "dense(3)"],
        lambda layer: [gn.layers.concat([gn.layers.sequential([layer, "tanh"]), layer]), "dense(3)", layer],
        lambda layer: ["dense(3)", "tanh", layer, "dropout(0.4)", layer],
        lambda layer: [InSequence([layer, layer]), "tanh", layer],
        lambda layer: [gn.layers.residual([InSequence([layer, layer])])] * 2,
    ],
)
@pytest.mark.parametrize("layer", [gn.layers.dense(3), Forward()], ids=["dense", "derived"])
def test_gradients_are_those_of_differences_and_of_the_tape(layers, layer):
    net = gn.Network(layers(layer)).build((3,), seed=3)
    net.flat_parameters[:] = np.random.default_rng(3).normal(size=net.flat_parameters.size)
    errors = gn.check_gradients(net, X, Y, "mse")
    assert set(errors) == set(net.parameters)
    assert max(errors.values()) < 1e-6


def test_a_batch_in_parts_has_the_same_gradients(monkeypatch):
    whole = tied()
    parts = whole.copy()
    options = {"loss": "mse", "optimizer": "sgd(lr=0.1)", "batch_size": 7}
    whole.fit(X, Y, **options)
    monkeypatch.setattr(batch_parts, "_NUMBERS", 24)
    monkeypatch.setattr(batch_parts, "_NUMBERS_A_GRADIENT", 0)
    assert batch_parts.Microbatches(parts).count(parts.sequence, 7) == 3
    parts.fit(X, Y, **options)
    np.testing.assert_allclose(parts.flat_parameters, whole.flat_parameters, rtol=1e-12)


def test_penalty_step_size_and_freezing_count_once():
    layer = gn.layers.dense(3, bias=False, lr_scale=0.5, regularizer="l2(0.1)")
    net = gn.Network([layer, layer]).build((3,), seed=1, dtype="float64")
    w = net.parameters["0.weights"].copy()
    y = X @ w @ w
    penalty = 0.1 * np.sum(w**2)
    assert net.evaluate(X, Y, loss="mse")["loss"] == pytest.approx(np.mean((y - Y) ** 2) + penalty, rel=1e-12)
    dy = 2 * (y - Y) / Y.size
    gradient = (X @ w).T @ dy + X.T @ (dy @ w.T) + 0.2 * w
    net.fit(X, Y, loss="mse", optimizer="sgd(lr=0.4)", batch_size=7)
    np.testing.assert_allclose(net.parameters["0.weights"], w - 0.4 * 0.5 * gradient, rtol=1e-10, atol=1e-14)

    frozen = gn.layers.dense(3, trainable=False)
    net = gn.Network([frozen, "tanh", frozen, "dense(3)"]).build((3,), seed=1)
    before = net.parameters["0.weights"].copy()
    net.fit(X, Y, loss="mse", optimizer="adam(lr=0.1)")
    np.testing.assert_array_equal(net.parameters["0.weights"], before)


def test_state_is_shared():
    """Batch normalization twice: the running mean moves twice a step, towards 0.5 and then towards 2."""
    norm = gn.layers.batch_norm(momentum=0.5)
    net = gn.Network([norm, Forward(), norm]).build((1,), dtype="float64")
    assert list(net.state) == ["0", "2"]
    assert net.state["0"] is net.state["2"]
    x = np.array([[0.0], [4.0]])
    net.fit(x, x, loss="mse", optimizer="sgd(lr=0.0001)", batch_size=2)
    # A mean of 2, then of 0: tanh(-1) + tanh(1). From 0: (0 + 2) / 2, then (1 + 0) / 2.
    np.testing.assert_allclose(net.state["0"]["running_mean"], [0.5], atol=1e-12)


WAYS = {
    "deepcopy": lambda net, path: copy.deepcopy(net),
    "pickle": lambda net, path: pickle.loads(pickle.dumps(net)),
    "copy": lambda net, path: net.copy(),
    "float64": lambda net, path: net.copy("float64").copy("float32"),
    "file": lambda net, path: net.save(path) or gn.load(path),
    "file, twice": lambda net, path: [net.save(path), gn.load(path).save(path)] and gn.load(path),
}


@pytest.mark.parametrize("way", WAYS)
def test_sharing_survives_a_copy_and_a_file(way, tmp_path):
    net = nested()
    options = {"loss": "mse", "optimizer": "adam(lr=0.01)", "batch_size": 3, "epochs": 2}
    net.fit(X, Y, **options)
    twin = WAYS[way](net, tmp_path / "m.safetensors")
    assert list(twin.parameters) == list(net.parameters)
    assert twin.state["1"] is twin.state["3"]["1"]["2"]
    for each in (net, twin):
        each.fit(X, Y, **options)
    assert twin.flat_parameters.tobytes() == net.flat_parameters.tobytes()
    assert twin.predict(X).tobytes() == net.predict(X).tobytes()
    assert repr(twin) == repr(net)


def test_a_run_that_is_continued_shares(tmp_path):
    class Break(gn.Callback):
        def on_batch_end(self, run):
            if run.step == 4:
                run.save_state()
                raise KeyboardInterrupt

    def fit(folder, callbacks=(), resume_from=None):
        net = nested()
        options = {"loss": "mse", "optimizer": "momentum(lr=0.05)", "batch_size": 3, "epochs": 2}
        net.fit(X, Y, **options, folder=folder, resume_from=resume_from, callbacks=callbacks)
        return net.flat_parameters.tobytes()

    whole = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "broken", [Break()])
    assert fit(tmp_path / "broken", resume_from=tmp_path / "broken") == whole


def test_a_run_is_not_continued_with_layers_apart(tmp_path):
    layer = gn.layers.dense(3)
    options = {"loss": "mse", "optimizer": "sgd", "folder": tmp_path / "run"}
    gn.Network([layer, layer]).fit(X, Y, **options)
    with pytest.raises(gn.ResumeError, match="shared layers"):
        gn.Network("dense(3) dense(3)").fit(X, Y, **options, resume_from=tmp_path / "run")


def test_the_summary_and_the_text_tell_which_layers_are_one(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    net = tied()
    net.summary()
    printed = capsys.readouterr().out
    assert "those of layer 0" in printed
    assert "12 parameters" in printed
    assert repr(net) == "Network(['dense(3)', 'tanh', 'dense(3)'])  # layer 2 is layer 0"


def test_a_trace_has_the_parameter_once_with_the_whole_gradient():
    net = tied()
    trace = net.trace(X[:2], Y[:2], "mse")
    assert [name for name, node in trace.nodes.items() if node.kind == "parameter"] == ["0.weights", "0.bias"]
    twin = net.copy()
    twin.fit(X[:2], Y[:2], loss="mse", optimizer="sgd(lr=1.0)")
    step = net.parameters["0.weights"] - twin.parameters["0.weights"]
    np.testing.assert_allclose(trace.nodes["0.weights"].gradient, step, rtol=1e-9, atol=1e-14)


def test_what_carries_nothing_may_be_listed_twice():
    relu, dropout, inner = gn.activations.relu(), gn.layers.dropout(0.2), gn.layers.residual(["tanh"])
    net = gn.Network(["dense(4)", relu, dropout, inner, "dense(3)", relu, dropout, inner]).build((3,))
    assert list(net.parameters) == ["0.weights", "0.bias", "4.weights", "4.bias"]
    net.fit(X, Y, loss="mse", optimizer="sgd")


def test_specs_and_copies_make_layers_of_their_own():
    layer = gn.layers.dense(3)
    for layers in (["dense(3)"] * 2, [layer, layer.replace()], [layer, copy.deepcopy(layer)], "dense(3) dense(3)"):
        assert len(gn.Network(layers).build((3,)).parameters) == 4


def test_two_networks_share_no_parameters():
    layer = gn.layers.dense(3)
    one, other = (gn.Network([layer]).build((3,), seed=seed) for seed in (1, 2))
    one.flat_parameters[:] = 0
    assert other.parameters["0.weights"].any()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (lambda layer: [layer, "dense(2)", layer], r"layer 2 is layer 0, and 'weights'.*\(3, 4\) and \(2, 4\)"),
        (lambda layer: [layer, layer], r"layer 1 is layer 0, and 'weights'.*\(3, 4\) and \(4, 4\)"),
        (
            lambda layer: ["dense(4)", layer, gn.layers.residual([layer], trainable=False)],
            r"layer 2\.layers\.0 is layer 1, and 'weights'.*trainable True and False",
        ),
        (
            lambda layer: ["dense(4)", layer, gn.layers.residual([layer], lr_scale=0.5)],
            r"layer 2\.layers\.0 is layer 1, .*lr_scale 1\.0 and 0\.5",
        ),
        (
            lambda layer: ["dense(4)", Both(layer, layer)],
            r"layer 1\.second is layer 1\.first, and the layers",
        ),
        (lambda layer: ["dense(4)", layer, Both(layer, "dense(4)")], r"layer 2\.first is layer 1, and the layers that"),
    ],
)
def test_what_cannot_be_shared_is_refused_in_one_sentence(layers, message):
    with pytest.raises(gn.ShapeError, match=f"{message}.*make a second instance"):
        gn.Network(layers(gn.layers.dense(4))).build((3,))


def test_a_holder_listed_twice_shares_what_it_holds():
    both = Both("dense(3)", "dense(3)")
    net = gn.Network([both, "tanh", both]).build((3,), seed=1)
    assert list(net.parameters) == ["0.a.weights", "0.a.bias", "0.b.weights", "0.b.bias"]
    assert max(gn.check_gradients(net, X, Y, "mse").values()) < 1e-6


def test_an_experiment_file_cannot_say_it_and_says_so():
    layer = gn.layers.dense(2)
    experiment = gn.Experiment(layers=[layer, "tanh", layer], dataset="xor", loss="mse", optimizer="sgd")
    with pytest.raises(gn.SpecError, match=r"layer 2 is layer 0, and an experiment file cannot say that"):
        experiment.to_toml()
