"""Assignments: what can be assigned has an effect, and what would have none is refused in one sentence."""

import copy
import json
import pickle

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import UnknownNameError

X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)


@pytest.fixture
def net():
    return gn.Network("dense(2) batch_norm").build((3,), seed=1)


def test_an_array_is_copied_into_the_parameter(net):
    weights = np.arange(6.0).reshape(3, 2)
    view = net.parameters["0.weights"]
    net.parameters["0.weights"] = weights
    net.parameters["0.bias"] = [10, 20]
    np.testing.assert_array_equal(view, weights)
    np.testing.assert_array_equal(net.flat_parameters[:8], [0, 1, 2, 3, 4, 5, 10, 20])
    np.testing.assert_allclose(net.predict(X), (X @ weights + [10, 20]) / np.sqrt(1 + 1e-5), rtol=1e-5)
    weights[:] = 0
    np.testing.assert_array_equal(view[0], [0, 1])
    view[:] = 5
    assert net.flat_parameters[0] == 5


@pytest.mark.parametrize("way", ["update", "update by name", "or", "whole", "views"])
def test_several_parameters_are_copied(net, way):
    new = {"0.weights": np.ones((3, 2)), "0.bias": np.full(2, 3.0)}
    if way == "update":
        net.parameters.update(new)
    elif way == "update by name":
        net.parameters.update(list(new.items()))
    elif way == "or":
        net.parameters |= new
    elif way == "whole":
        net.parameters = {**net.parameters, **new}
    else:
        net.parameter_views["0"] = {name.partition(".")[2]: array for name, array in new.items()}
    np.testing.assert_array_equal(net.flat_parameters[:8], [1, 1, 1, 1, 1, 1, 3, 3])


def test_two_parameters_can_be_swapped():
    net = gn.Network("dense(2) dense(2)").build((2,), seed=1)
    first, second = net.parameters["0.weights"].copy(), net.parameters["1.weights"].copy()
    net.parameters.update({"0.weights": net.parameters["1.weights"], "1.weights": net.parameters["0.weights"]})
    np.testing.assert_array_equal(net.parameters["0.weights"], second)
    np.testing.assert_array_equal(net.parameters["1.weights"], first)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("0.weight", np.zeros((3, 2)), KeyError, "no parameter '0.weight', did you mean '0.weights'"),
        ("weights", np.zeros((3, 2)), gn.GlassnetError, "no parameter 'weights'"),
        ("0.weights", np.zeros((2, 3)), gn.ShapeError, r"0.weights has shape \(3, 2\), got \(2, 3\)"),
        ("0.weights", 0, gn.ShapeError, r"got \(\)"),
        ("0.bias", np.zeros((1, 2)), gn.ShapeError, r"got \(1, 2\)"),
        ("0.bias", [1, np.nan], gn.DataError, "would hold NaN or infinity as float32"),
        ("0.bias", [1, 1e39], gn.DataError, "would hold NaN or infinity as float32"),
        ("0.bias", [1, 2j], gn.DataError, "element type complex128"),
        ("0.bias", ["1", "2"], gn.DataError, "element type <U1"),
        ("0.bias", [None, 1], gn.DataError, "element type object"),
        ("0.bias", [[1], [2, 3]], gn.DataError, "cannot be read as an array"),
        ("0.bias", np.ma.array([1.0, 2.0], mask=[0, 1]), gn.DataError, "is a masked array"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(net, name, value, error, message):
    before = net.flat_parameters.copy()
    with pytest.raises(error, match=message) as caught:
        net.parameters[name] = value
    assert isinstance(caught.value, gn.GlassnetError)
    for assign in (net.parameters.update, net.parameters.__ior__):
        with pytest.raises(error, match=message):
            assign({"0.bias": [8, 9], name: value})
    np.testing.assert_array_equal(net.flat_parameters, before)


@pytest.mark.parametrize(
    "assign",
    [
        lambda net: net.parameters.update(5),
        lambda net: net.parameters.update([1, 2]),
        lambda net: setattr(net, "parameters", np.zeros(12)),
        lambda net: setattr(net, "parameters", None),
        lambda net: setattr(net, "state", np.zeros(4)),
        lambda net: setattr(net, "state", {"1": np.zeros(2)}),
        lambda net: net.state.update({"1": np.zeros(2)}),
        lambda net: net.parameter_views.update({"0": 3.0}),
    ],
)
def test_arrays_without_names_are_refused(net, assign):
    with pytest.raises(gn.DataError, match=r"by its name, in a dictionary: "):
        assign(net)


def test_whole_numbers_are_not_cut_from_fractions():
    class Counts(gn.Layer):
        def state(self, shape):
            return {"steps": np.zeros(1, np.int64)}

        def forward(self, params, x, ctx):
            return x, None

    net = gn.Network([Counts()]).build((3,))
    net.state["0"]["steps"] = [3]
    with pytest.raises(gn.DataError, match="element type float64; give numbers of type int64"):
        net.state["0"]["steps"] = [2.5]
    assert net.state["0"]["steps"] == 3


@pytest.mark.parametrize(
    "remove",
    [
        lambda arrays, name: arrays.pop(name),
        lambda arrays, name: arrays.pop("absent", None),
        lambda arrays, name: arrays.popitem(),
        lambda arrays, name: arrays.clear(),
        lambda arrays, name: arrays.__delitem__(name),
    ],
)
def test_a_name_cannot_be_removed(net, remove):
    for arrays, name in (
        (net.parameters, "0.bias"),
        (net.state, "1"),
        (net.parameter_views, "0"),
        (net.gradient_views, "0"),
    ):
        with pytest.raises(gn.GlassnetError, match="cannot be removed"):
            remove(arrays, name)
    with pytest.raises(gn.GlassnetError, match=r"no parameter '5\.bias'"):
        net.parameters.setdefault("5.bias", np.zeros(2))


def test_the_parameters_are_a_mapping_that_can_be_read(net):
    parameters = net.parameters
    assert isinstance(parameters, dict)
    assert list(parameters) == list(parameters.keys()) == ["0.weights", "0.bias", "1.scale", "1.shift"]
    assert len(parameters) == 4
    assert "0.bias" in parameters
    assert "0.biases" not in parameters
    assert parameters.get("absent") is None
    assert [array.shape for array in parameters.values()] == [(3, 2), (2,), (2,), (2,)]
    assert repr(parameters) == "<parameters 0.weights: (3, 2), 0.bias: (2,), 1.scale: (2,), 1.shift: (2,)>"
    with pytest.raises(KeyError, match=r"did you mean '0\.weights'"):
        parameters["0.weigths"]
    kept = copy.deepcopy(parameters)
    assert type(kept) is dict
    net.flat_parameters[:] = 0
    assert kept["1.scale"].tolist() == [1, 1]
    net.parameters = kept
    assert net.parameters["1.scale"].tolist() == [1, 1]


def test_arithmetic_in_place_works(net):
    net.parameters["0.bias"] += 2
    net.parameters["0.bias"] *= 3
    net.flat_parameters += 1
    assert net.parameters["0.bias"].tolist() == [7, 7]
    assert net.flat_parameters[6] == 7


def test_a_vector_is_copied_after_a_look_at_its_length(net):
    vector = net.flat_parameters
    net.flat_parameters = np.arange(12)
    assert net.flat_parameters is vector
    np.testing.assert_array_equal(net.parameters["0.bias"], [6, 7])
    for wrong, error in ((np.zeros(11), gn.ShapeError), (0, gn.ShapeError), (np.full(12, np.inf), gn.DataError)):
        with pytest.raises(error):
            net.flat_parameters = wrong
    np.testing.assert_array_equal(net.flat_parameters, np.arange(12))


def test_gradients_are_copied(net):
    gradients = net.gradients
    net.gradients = np.arange(12)
    assert net.gradients is not None
    assert gradients[11] == 11
    net.gradient_views["0"]["bias"] += 40
    np.testing.assert_array_equal(gradients[6:8], [46, 47])
    with pytest.raises(gn.GlassnetError, match=r"in place: grads\['weights'\]\[\.\.\.\] = "):
        net.gradient_views["0"]["bias"] = [40, 50]
    with pytest.raises(gn.ShapeError, match=r"gradients has shape \(12,\), got \(3,\)"):
        net.gradients = np.zeros(3)


def test_state_is_copied(net):
    live = net.state["1"]["running_mean"]
    net.state["1"]["running_mean"] = [1, 2]
    assert live.tolist() == [1, 2]
    net.predict(X)  # a context has the state by now
    net.state["1"] = {"running_mean": [0, 0], "running_variance": [4, 4]}
    net.parameters = {"0.weights": np.ones((3, 2)), "0.bias": [0, 0], "1.scale": [1, 1], "1.shift": [0, 0]}
    np.testing.assert_allclose(net.predict(X), X.sum(axis=1, keepdims=True) * [0.5, 0.5], rtol=1e-4, atol=1e-6)
    net.state = {"1": {"running_mean": np.ones(2), "running_variance": np.full(2, 9.0)}}
    assert live.tolist() == [1, 1]
    with pytest.raises(gn.ShapeError):
        net.state["1"]["running_mean"] = [1, 2, 3]
    with pytest.raises(gn.GlassnetError, match="'running_variance' is missing"):
        net.state = {"1": {"running_mean": np.ones(2)}}
    with pytest.raises(gn.GlassnetError, match="no state array 'mean'"):
        net.state = {"1": {"running_mean": np.ones(2), "running_variance": np.ones(2), "mean": np.ones(2)}}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("layers", ("dense(5)",), r"make a new network: gn\.Network"),
        ("dtype", "float64", r"net\.copy\('float64'\)"),
        ("parameter_views", {}, r"net\.parameters\["),
        ("input_shape", (5,), r"net\.build\(input_shape\)"),
        ("output_shape", (5,), "change the last layer"),
        ("sequence", None, "make a new network"),
        ("shapes", [], "build the network"),
        ("layout", None, "make a new network"),
        ("counts", None, "build the network anew"),
        ("history", None, "what fit"),
        ("is_built", True, "build the network"),
        ("gradient_views", {}, r"net\.gradients"),
        ("trainable", False, r"dense\(8, trainable=False\)"),
        ("optimizer", "adam", r"fit\(optimizer="),
        ("paramters", {}, "did you mean 'parameters'"),
        ("learning_rate", 0.1, "has no attribute 'learning_rate'"),
        ("evaluation_config", "accuracy", "EvaluationConfig or None"),
    ],
)
def test_an_attribute_that_would_do_nothing_is_refused(net, name, value, message):
    with pytest.raises(gn.GlassnetError, match=message):
        setattr(net, name, value)


def test_shapes_and_layers_have_no_elements_to_replace(net):
    for fixed in (net.layers, net.shapes):
        with pytest.raises(TypeError):
            fixed[0] = None


def test_options_are_changed_by_replace_alone():
    layer = gn.layers.dense(3)
    recipe = gn.Recipe(layers=["dense(2)"], epochs=3)
    for options in (layer.options, recipe.options):
        for change in (
            lambda options: options.__setitem__("units", 5),
            lambda options: options.update(units=5),
            lambda options: options.pop("units"),
            lambda options: options.setdefault("units", 5),
            lambda options: options.clear(),
        ):
            with pytest.raises(gn.GlassnetError, match="make a copy with other options: replace"):
                change(options)
        kept = copy.deepcopy(options)
        kept["units"] = 5
        assert json.loads(json.dumps(pickle.loads(pickle.dumps(kept))))["units"] == 5
    assert layer.replace(units=5).units == 5
    assert recipe.replace(epochs=5).options["epochs"] == 5


def test_a_history_cannot_be_rewritten():
    history = gn.Network("dense(1)").fit(X, X[:, 0], loss="mse", optimizer="sgd")
    with pytest.raises(gn.GlassnetError, match="a history cannot be changed"):
        history["loss"] = [1.0]
    with pytest.raises(gn.GlassnetError, match="a history cannot be changed"):
        del history["loss"]


@pytest.mark.parametrize("name", ["network", "loss", "optimizer", "history", "epochs", "lr"])
def test_what_a_run_has_begun_with_cannot_be_set(name):
    class Sets(gn.Callback):
        def on_batch_end(self, run):
            setattr(run, name, getattr(run, name))

    with pytest.raises(gn.GlassnetError, match=f"the {name} of a run cannot be set"):
        gn.Network("dense(1)").fit(X, X[:, 0], loss="mse", optimizer="sgd", callbacks=[Sets()])


def test_a_callback_can_assign_parameters_while_training():
    class Resets(gn.Callback):
        def on_batch_end(self, run):
            run.network.flat_parameters = np.zeros(4)
            run.network.parameters["0.bias"] = [5]

    net = gn.Network("dense(1)")
    net.fit(X, X[:, 0], loss="mse", optimizer="sgd", callbacks=[Resets()])
    np.testing.assert_array_equal(net.predict(X), np.full((6, 1), 5))


def test_a_layer_that_rebinds_its_state_is_kept_up_with():
    class Counts(gn.Layer):
        def state(self, shape):
            return {"steps": np.zeros(())}

        def forward(self, params, x, ctx):
            if ctx.training:
                ctx.state["steps"] = ctx.state["steps"] + 1
            return x, None

        def backward(self, params, cache, dy, grads, ctx):
            return dy

    net = gn.Network([Counts(), "dense(1)"])
    net.fit(X, X[:, 0], loss="mse", optimizer="sgd", batch_size=2, epochs=2)
    assert net.state["0"]["steps"] == 6


def test_a_branch_that_is_assigned_has_all_its_names():
    net = gn.Network("batch_norm dense(2)").build(3)
    with pytest.raises(UnknownNameError, match="the state array 'running_variance' is missing; give all"):
        net.state["0"] = {"running_mean": np.ones(3)}
    with pytest.raises(UnknownNameError, match="the parameter 'weights' is missing; give all: weights, bias"):
        net.parameter_views["1"] = {}
    with pytest.raises(gn.DataError, match="give each state array by its name"):
        net.state["0"] = np.ones(3)
    net.state["0"] = {"running_mean": np.ones(3), "running_variance": np.full(3, 2.0)}
    assert net.state["0"]["running_mean"].tolist() == [1, 1, 1]
    net.state.update({"0": {"running_mean": np.zeros(3)}})
    assert net.state["0"]["running_variance"].tolist() == [2, 2, 2]
