"""Model files: what is saved comes back, the same bytes for the same network, and faults are named."""

import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import glassnet as gn
from glassnet_persistence.tensor_file import encode

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 2])


class Counted(gn.Layer):
    """A layer with state, nested as a layer may nest it."""

    def state(self, shape):
        return {"inner": {"count": np.zeros(2, np.float32)}}

    def forward(self, params, x, ctx):
        if ctx.training:
            ctx.state["inner"]["count"] += len(x)
        return x + ctx.state["inner"]["count"].sum() * 0, None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


@pytest.fixture
def trained():
    net = gn.Network("dense(5, regularizer=l2(0.02)) relu dense(3) softmax")
    net.fit(X, Y, loss="cce", optimizer="adam", metrics=["accuracy"], regularizer="l1(0.001)", batch_size=4)
    return net


def test_a_loaded_network_predicts_evaluates_and_trains_like_the_saved_one(trained, tmp_path):
    trained.save(tmp_path / "m.safetensors")
    loaded = gn.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.predict(X), trained.predict(X))
    assert loaded.evaluate(X, Y) == trained.evaluate(X, Y)
    assert set(loaded.evaluate(X, Y)) == {"loss", "accuracy"}
    for net in (loaded, trained):
        net.fit(X, Y, loss="cce", optimizer="adam", seed=3)
    assert loaded.flat_parameters.tobytes() == trained.flat_parameters.tobytes()


def test_state_is_saved(tmp_path):
    with gn.registered("layer", "counted", Counted):
        net = gn.Network("counted dense(1)")
        net.fit(X, X[:, 0], loss="mse", optimizer="sgd", batch_size=6, epochs=2)
        net.save(tmp_path / "m.safetensors")
        loaded = gn.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.state["0"]["inner"]["count"], [12, 12])


def test_the_same_network_is_the_same_bytes_in_another_process(tmp_path):
    """Another process has another hash seed: an order taken from a set or a hash map would show."""
    program = (
        "import glassnet as gn, sys; net = gn.Network('dense(3) relu dense(2) softmax').build((4,), seed=1); "
        "net.save(sys.argv[1])"
    )
    contents = set()
    for number in range(4):
        path = tmp_path / f"{number}.safetensors"
        subprocess.run([sys.executable, "-c", program, path], check=True, env={"PYTHONHASHSEED": str(number)})
        contents.add(path.read_bytes())
    assert len(contents) == 1


def test_the_file_is_plain_safetensors_with_a_description(trained, tmp_path):
    trained.save(tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", "numpy") as file:
        described = json.loads(file.metadata()["glassnet"])
        np.testing.assert_array_equal(file.get_tensor("parameters.2.bias"), trained.parameters["2.bias"])
    assert described["layers"] == ["dense(5, regularizer=l2(strength=0.02))", "relu", "dense(3)", "softmax"]
    assert described["input_shape"] == [4]
    assert described["distributions"] == {"glassnet": gn.__version__}


def test_layers_with_instances_and_nested_options_come_back(tmp_path):
    net = gn.Network([gn.layers.dense(2, weight_init=gn.initializers.constant(0.5), bias=False)]).build((2,))
    net.save(tmp_path / "m.safetensors")
    loaded = gn.load(tmp_path / "m.safetensors")
    assert repr(loaded.layers[0]) == repr(net.layers[0])
    assert loaded.layers[0].bias is False
    np.testing.assert_array_equal(loaded.predict(np.ones((1, 2))), [[1, 1]])


@pytest.mark.parametrize("kept", [0, 5, 100, -1])
def test_a_truncated_file_is_named_as_damaged(trained, tmp_path, kept):
    path = tmp_path / "m.safetensors"
    trained.save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(gn.ModelFileError, match=r"m\.safetensors is damaged or no model file .*take another copy"):
        gn.load(path)


def test_a_file_whose_metadata_are_null_is_refused(tmp_path):
    header = b'{"__metadata__": null, "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
    path = tmp_path / "null.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(gn.ModelFileError, match="but not one of glassnet's"):
        gn.load(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(gn.FileError, match=r"cannot read the model .*absent: No such file.*check the path"):
        gn.load(tmp_path / "absent")
    with pytest.raises(gn.FileError, match=r"is a folder; name the model file in it, such as .*model\.safetensors"):
        gn.load(tmp_path)


def test_a_safetensors_file_of_something_else_is_refused(tmp_path):
    save_file({"a": np.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(gn.ModelFileError, match="but not one of glassnet's"):
        gn.load(tmp_path / "other.safetensors")


def changed(path, change):
    """Rewrite a model file with another description, and with the digest that belongs to it."""
    with safe_open(path, "numpy") as file:
        described = json.loads(file.metadata()["glassnet"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is not a dict
    change(described, tensors)
    del described["digest"]
    path.write_bytes(encode(tensors, "glassnet", json.dumps(described)))


def test_a_newer_format_is_refused(trained, tmp_path):
    path = tmp_path / "m.safetensors"
    trained.save(path)
    changed(path, lambda described, _: described.update(format=3))
    with pytest.raises(gn.ModelFileError, match="has format 3, and this glassnet reads 2 and 1"):
        gn.load(path)


def test_tensors_that_do_not_belong_to_the_layers_are_refused(trained, tmp_path):
    path = tmp_path / "m.safetensors"
    trained.save(path)
    changed(path, lambda _, tensors: tensors.update({"parameters.0.bias": np.zeros(6, np.float32)}))
    with pytest.raises(gn.ModelFileError, match=r"does not hold the parameters .*written with glassnet"):
        gn.load(path)


class Scaled(gn.Loss):
    def forward(self, y_pred, y_true):
        return float(np.mean((y_pred - y_true) ** 2))

    def backward(self, y_pred, y_true):
        return 2 * (y_pred - y_true) / y_pred.size


class Dense(gn.Layer):
    """Called like a layer that is installed, and another one."""

    def forward(self, params, x, ctx):
        return x, None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


class Largest(gn.Metric):
    def reset(self):
        self.largest = 0.0

    def update(self, y_true, y_pred):
        self.largest = max(self.largest, float(y_pred.max()))

    def compute(self):
        return self.largest


class Silent(gn.Callback):
    """Does nothing."""


NOT_REGISTERED = {
    "layer counted": {"layers": [Counted(), "dense(1)"]},
    "layer dense": {"layers": [Dense(), "dense(1)"]},
    "layer counted in another": {"layers": [gn.layers.residual(["tanh", Counted()]), "dense(1)"]},
    "loss scaled": {"loss": Scaled()},
    "metric largest": {"metrics": ["mae", Largest()]},
}


@pytest.mark.parametrize("what", NOT_REGISTERED)
def test_what_could_not_be_loaded_is_not_saved(what, tmp_path):
    options = {"layers": ["dense(1)"], "loss": "mse", "metrics": [], "optimizer": "sgd", **NOT_REGISTERED[what]}
    kind, name = what.split()[:2]
    net = gn.Network(options.pop("layers"))
    net.fit(X, X[:, 0], **options)
    advice = rf"the {kind} {name} could not be loaded.*call gn\.register\('{kind}', '{name}', {name.title()}\) first"
    with pytest.raises(gn.ModelFileError, match=advice):
        net.save(tmp_path / "m.safetensors")
    assert list(tmp_path.iterdir()) == []
    before = net.flat_parameters.copy()
    with pytest.raises(gn.ModelFileError, match=advice):
        net.fit(X, X[:, 0], **options, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    np.testing.assert_array_equal(net.flat_parameters, before)


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("layer counted", {"layers": [Counted()]}),
        ("metric largest", {"metrics": [Largest()]}),
        ("callback silent", {"callbacks": [Silent()]}),
    ],
)
def test_an_experiment_that_could_not_be_loaded_is_not_saved(what, options, tmp_path):
    given = {"layers": ["dense(1)"], "dataset": "xor", "loss": "mse", "optimizer": "sgd", **options}
    with pytest.raises(gn.ModelFileError, match=f"the {what} could not be loaded again"):
        gn.Experiment(**given).save(tmp_path / "experiment.toml")
    assert list(tmp_path.iterdir()) == []


def test_what_was_registered_is_saved_and_loaded(tmp_path):
    net = gn.Network([Counted(), "dense(1)"])
    net.fit(X, X[:, 0], loss=Scaled(), metrics=[Largest()], optimizer="sgd")
    with (
        gn.registered("layer", "counted", Counted),
        gn.registered("loss", "scaled", Scaled),
        gn.registered("metric", "of_mine", Largest),
    ):
        net.save(tmp_path / "m.safetensors")
        loaded = gn.load(tmp_path / "m.safetensors")
    assert loaded.evaluate(X, X[:, 0]) == pytest.approx(net.evaluate(X, X[:, 0]))
    assert loaded.predict(X).tobytes() == net.predict(X).tobytes()


def test_an_optimizer_or_a_callback_need_not_be_registered(tmp_path):
    class Sgd(gn.Optimizer):
        lr: float = gn.option(0.1, help="step size")

        def update(self, p, g, state, lr, t):
            p -= lr * g

    net = gn.Network("dense(1)")
    net.fit(X, X[:, 0], loss="mse", optimizer=Sgd(), callbacks=[Silent()], folder=tmp_path / "run")
    assert gn.load(tmp_path / "run" / "model.safetensors").predict(X).tobytes() == net.predict(X).tobytes()


def test_a_file_of_an_older_version_begins_the_random_numbers_anew(trained, tmp_path):
    path = tmp_path / "m.safetensors"
    trained.save(path)
    changed(path, lambda described, _: [described.pop("counts"), described.pop("shared")])
    loaded = gn.load(path)
    assert (loaded.counts.epochs, loaded.counts.steps) == (0, 0)
    np.testing.assert_array_equal(loaded.predict(X), trained.predict(X))


def test_a_plugin_that_is_not_installed_is_named_with_its_distribution(trained, tmp_path):
    path = tmp_path / "m.safetensors"
    trained.save(path)

    def needs_more(described, _):
        described["layers"][1] = "swish_of_elsewhere"
        described["components"]["activation swish_of_elsewhere"] = "glassnet-elsewhere"

    changed(path, needs_more)
    with pytest.raises(
        gn.ModelFileError, match="needs activation swish_of_elsewhere from glassnet-elsewhere, which is"
    ):
        gn.load(path)


def test_a_file_that_cannot_be_written_leaves_what_was_there(trained, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(gn.FileError, match="cannot write"):
        trained.save(tmp_path / "file" / "m.safetensors")
    assert (tmp_path / "file").read_text() == "in the way"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
