"""Copies and pickles: of a network one gets a network, of a component a component, and nothing is shared."""

import copy
import io
import pickle

import attrs
import numpy as np
import pytest

import glassnet as gn
from glassnet_reports.trace import trace

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
LAYERS = "dense(6) batch_norm tanh dropout(0.3) residual([dense(6), tanh]) dense(2) softmax"
TRAINING = {"loss": "cce", "optimizer": "adam(lr=0.05)", "metrics": ["accuracy"], "batch_size": 8}


class Doubled(gn.Layer):
    """An unregistered layer, with state."""

    def state(self, shape):
        return {"seen": np.zeros(1)}

    def forward(self, params, x, ctx):
        if ctx.training:
            ctx.state["seen"] += len(x)
        return 2 * x, None

    def backward(self, params, cache, dy, grads, ctx):
        return 2 * dy


class Named(gn.Network):
    """A user's own kind of network."""

    def __init__(self, name):
        super().__init__("dense(3)")
        self.name = name


def by_pickle(net, protocol=pickle.HIGHEST_PROTOCOL):
    return pickle.loads(pickle.dumps(net, protocol))


def by_file(net):
    """As joblib and torch.save do it: through a file object."""
    file = io.BytesIO()
    pickle.Pickler(file).dump(net)
    file.seek(0)
    return pickle.Unpickler(file).load()


def with_arrays_that_cannot_be_written(net):
    """As from a memory map, or from another process' shared memory."""
    buffers = []
    pickled = pickle.dumps(net, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(pickled, buffers=[bytes(each.raw()) for each in buffers])


WAYS = {
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "pickle": by_pickle,
    "pickle, protocol 2": lambda net: by_pickle(net, 2),
    "file": by_file,
    "read-only buffers": with_arrays_that_cannot_be_written,
    "Network.copy": lambda net: net.copy(),
    "twice": lambda net: copy.deepcopy(by_pickle(net)),
}


def trained():
    net = gn.Network(LAYERS)
    net.fit(X, Y, **TRAINING)
    return net


def contents(net, tmp_path):
    net.save(tmp_path / "m.safetensors")
    return (tmp_path / "m.safetensors").read_bytes()


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_predicts_saves_and_trains_as_the_original(way, tmp_path):
    net = trained()
    twin = WAYS[way](net)
    assert twin.predict(X).tobytes() == net.predict(X).tobytes()
    assert twin.evaluate(X, Y) == net.evaluate(X, Y)
    assert contents(twin, tmp_path) == contents(net, tmp_path)
    histories = [each.fit(X, Y, **TRAINING, epochs=3) for each in (net, twin)]
    assert histories[0].to_csv() == histories[1].to_csv()
    assert contents(twin, tmp_path) == contents(net, tmp_path)
    assert twin.predict(X).tobytes() == net.predict(X).tobytes()


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_learns(way):
    net = gn.Network("dense(8) tanh dense(1)").build((4,), seed=1)
    target = X[:, :1] * 2
    twin = WAYS[way](net)
    losses = twin.fit(X, target, loss="mse", optimizer="adam(lr=0.05)", epochs=60)["loss"]
    assert losses[-1] < losses[0] / 20
    np.testing.assert_allclose(np.mean((twin.predict(X) - target) ** 2), losses[-1], rtol=0.3)


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_shares_nothing_with_the_original(way):
    net = trained()
    twin = WAYS[way](net)
    before = net.flat_parameters.copy(), copy.deepcopy(net.state)
    history = net.history.to_csv()
    twin.fit(X, Y, **TRAINING)
    twin.parameters["0.bias"][:] = 7
    assert net.flat_parameters.tobytes() == before[0].tobytes()
    np.testing.assert_equal(copy.deepcopy(net.state), before[1])
    assert net.history.to_csv() == history
    assert (net.counts.epochs, twin.counts.epochs) == (1, 2)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "Network.copy"])
def test_a_network_without_parameters_can_be_copied(way):
    twin = WAYS[way](gn.Network(LAYERS))
    assert not twin.is_built
    assert repr(twin) == repr(gn.Network(LAYERS))
    assert (
        twin.build((4,), seed=2).flat_parameters.tobytes()
        == gn.Network(LAYERS).build((4,), seed=2).flat_parameters.tobytes()
    )


def test_a_pickle_holds_parameters_and_no_work_buffers():
    net = gn.Network("dense(200) relu dense(200) relu dense(2) softmax").build((4,))
    parameters = 4 * (4 * 200 + 200 + 200 * 200 + 200 + 200 * 2 + 2)
    sizes = [len(pickle.dumps(net))]
    net.fit(X, Y, **TRAINING)
    net.predict(X)
    sizes.append(len(pickle.dumps(net)))
    for size in sizes:
        assert parameters < size < parameters + 4000


def test_gradients_are_left_behind():
    net = trained()
    assert net.gradients.any()
    assert not by_pickle(net).gradients.any()


def test_a_float64_network_stays_one():
    net = gn.Network("dense(3)").build((4,), dtype="float64")
    assert by_pickle(net).flat_parameters.dtype == np.float64
    assert by_pickle(net).copy("float32").flat_parameters.dtype == np.float32


def test_layers_that_nobody_registered_can_be_pickled():
    net = gn.Network([Doubled(), "dense(1)"])
    net.fit(X, X[:, 0], loss="mse", optimizer="sgd(lr=0.01)")
    twin = by_pickle(net)
    assert type(twin.layers[0]) is Doubled
    assert twin.state["0"]["seen"] == 30
    assert twin.predict(X).tobytes() == net.predict(X).tobytes()


def test_what_a_derived_class_adds_is_kept():
    net = Named("mine").build((4,))
    for twin in (copy.deepcopy(net), copy.copy(net), by_pickle(net), net.copy()):
        assert type(twin) is Named
        assert twin.name == "mine"
        assert twin.predict(X).tobytes() == net.predict(X).tobytes()


def components():
    """Return a component of each kind that a network or a run can hold."""
    for example in (
        "layer/residual([dense(3), tanh])",
        "layer/concat([dense(3), linear])",
        "layer/lstm(3)",
        "loss/mean_squared_error",
        "optimizer/ema(adam(lr=0.1))",
        "metric/accuracy",
        "callback/early_stopping(patience=7)",
        "schedule/warmup(cosine, steps=3)",
        "regularizer/l2(0.5)",
        "initializer/constant(2.0)",
        "constraint/max_norm(2.0)",
        "dataset/xor",
    ):
        kind, _, spec = example.partition("/")
        yield gn.create(kind, spec)


@pytest.mark.parametrize("component", list(components()), ids=repr)
@pytest.mark.parametrize("way", ["deepcopy", "copy", "pickle"])
def test_a_component_is_copied_with_its_options(component, way):
    if component.kind == "layer":
        gn.Network([component]).build((2, 3) if "lstm" in repr(component) else (3,))
    twin = WAYS[way](component)
    assert type(twin) is type(component)
    assert twin is not component
    assert repr(twin) == repr(component)
    assert len(pickle.dumps(component)) < 2000


def test_a_copied_layer_has_parameters_of_its_own():
    layer = gn.layers.dense(4)
    net = gn.Network([layer, copy.deepcopy(layer), copy.copy(layer), layer.replace(), by_pickle(layer)]).build((4,))
    assert len(net.parameters) == 10


def test_data_and_records_are_copied():
    split = gn.Split(X, Y, np.ones(30))
    dataset = gn.Dataset(split, split[:3], classes=("a", "b"), recipe=gn.Recipe(layers=["dense(2)"], loss="mse"))
    net = trained()
    history = net.history
    picture = trace(net, X[:3], Y[:3], "cce", training=False, seed=0, fused=True)
    experiment = gn.Experiment(
        layers=["dense(2)", "softmax"], dataset="xor", loss="cce", optimizer="adam", metrics=["accuracy"]
    )
    for way in ("deepcopy", "copy", "pickle"):
        made = WAYS[way](dataset)
        np.testing.assert_array_equal(made.train.x, X)
        np.testing.assert_array_equal(made.train.weights, np.ones(30))
        assert made.recipe.options == dataset.recipe.options
        assert WAYS[way](history).to_csv() == history.to_csv()
        assert WAYS[way](picture).svg() == picture.svg()
        assert WAYS[way](experiment).to_toml() == experiment.to_toml()
        np.testing.assert_array_equal(WAYS[way](split)[:3].y, Y[:3])
        assert attrs.asdict(WAYS[way](net.counts)) == {"epochs": 1, "steps": 4}
