"""Frozen layers and parameters stay as they are in training, and all others learn as before."""

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(16, 2)), RNG.normal(size=(16, 2))


@pytest.fixture
def net():
    return gn.Network("dense(3) tanh residual([dense(3), relu]) dense(2)").build(2, dtype="float64")


def trained(net, **options):
    """Return the names of the parameters that a fit changes."""
    before = {name: one.copy() for name, one in net.parameters.items()}
    net.fit(X, Y, **{"loss": "mse", "optimizer": "sgd(lr=0.1)", "epochs": 2} | options)
    return [name for name, one in net.parameters.items() if not np.array_equal(one, before[name])]


ALL = ["0.weights", "0.bias", "2.0.weights", "2.0.bias", "3.weights", "3.bias"]


@pytest.mark.parametrize(
    ("names", "left"),
    [
        (["0"], ALL[2:]),
        (["0.weights"], ALL[1:]),
        (["2"], [*ALL[:2], *ALL[4:]]),
        (["2.0.bias", "3.bias"], [ALL[0], ALL[1], ALL[2], ALL[4]]),
        (["0.weights", "0.bias"], ALL[2:]),
    ],
    ids=str,
)
@pytest.mark.parametrize("optimizer", ["adam(lr=0.1)", "muon"])
def test_what_is_frozen_stays_and_all_else_learns(net, names, left, optimizer):
    assert net.freeze(*names) is net
    assert trained(net, optimizer=optimizer) == left
    assert trained(net.thaw(*names), optimizer=optimizer) == ALL


@pytest.mark.filterwarnings("ignore:all parameters of the network are frozen")
def test_without_names_all_layers_are_meant(net):
    assert trained(net.freeze()) == []
    assert trained(net.thaw()) == ALL
    assert trained(net.freeze("2.0", "0.bias").freeze("2").thaw()) == ALL


def test_one_parameter_of_a_frozen_layer_can_be_thawed(net):
    assert trained(net.freeze("0").thaw("0.bias")) == ALL[1:]


def test_views_weights_and_random_numbers_stay(net):
    other, view = net.copy(), net.parameters["0.weights"]
    net.freeze("3").thaw("3")
    view[...] = other.parameters["0.weights"]
    assert net.parameters["0.weights"] is view
    for one in (net, other):
        one.fit(X, Y, loss="mse", optimizer="adam", epochs=2)
    np.testing.assert_array_equal(net.flat_parameters, other.flat_parameters)


def test_a_saved_network_knows_what_is_frozen(net, tmp_path):
    net.freeze("0", "2.0.bias").scale_lr({"3": 0.5}).save(tmp_path / "model.safetensors")
    loaded = gn.load(tmp_path / "model.safetensors")
    assert repr(loaded) == repr(net)
    assert trained(loaded) == ["2.0.weights", *ALL[4:]]


def test_a_frozen_batch_norm_keeps_its_running_values():
    net = gn.Network("batch_norm dense(2)").build(2)
    net.freeze("0").fit(X, Y, loss="mse", optimizer="sgd")
    assert (net.state["0"]["running_mean"] == 0).all()
    net.thaw("0").fit(X, Y, loss="mse", optimizer="sgd")
    assert (net.state["0"]["running_mean"] != 0).all()


@pytest.mark.filterwarnings("ignore:all parameters of the network are frozen")
def test_a_layer_in_two_places_is_frozen_in_both():
    layer = gn.layers.dense(2)
    net = gn.Network([layer, "tanh", layer]).build(2).freeze("0")
    assert net.layers[0] is net.layers[2]
    assert trained(net) == []


def test_step_sizes_differ_by_layer(net):
    """With plain descent, half of the step size moves a layer half as far."""
    slow = net.copy().scale_lr({"0": 0.5, "2.0": 0.25})
    start = net.copy()
    for one in (net, slow):
        one.fit(X, Y, loss="mse", optimizer="sgd(lr=0.1)", batch_size=16)
    for name, factor in {"0.weights": 0.5, "2.0.bias": 0.25, "3.weights": 1.0}.items():
        moved, slowly = (one.parameters[name] - start.parameters[name] for one in (net, slow))
        np.testing.assert_allclose(slowly, factor * moved, rtol=1e-12)


def test_parameters_are_frozen_by_an_option_too():
    assert trained(gn.Network("dense(3, freeze=['bias']) dense(2)").build(2)) == ["0.weights", "1.weights", "1.bias"]
    with pytest.raises(gn.OptionError, match="no parameter 'wights'"):
        gn.Network("dense(3, freeze=['wights'])").build(2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: net.freeze("0", "9"), "no layer or parameter '9'"),
        (lambda net: net.freeze("0.weight"), "did you mean '0.weights'"),
        (lambda net: net.freeze("1"), "no layer or parameter '1'"),
        (lambda net: net.freeze("2").thaw("2.0"), "thaw that one first"),
        (lambda net: net.scale_lr({"0": 0}), "lr_scale"),
        (lambda net: net.scale_lr({"0.bias": 2}), "belong to layers"),
        (lambda net: net.scale_lr(0.1), "give one by the name of each layer"),
        (lambda net: gn.Network("dense(2)").freeze("0"), "build"),
    ],
)
def test_wrong_names_are_one_sentence_and_change_nothing(net, call, message):
    before = repr(net)
    with pytest.raises(gn.GlassnetError, match=message):
        call(net)
    assert repr(net) == before or "trainable=False" in repr(net.layers[2])


def test_layers_do_not_change_while_a_network_is_trained(net):
    class Freeze(gn.Callback):
        def on_epoch_end(self, run):
            run.network.freeze("0")

    with pytest.raises(gn.InUseError):
        net.fit(X, Y, loss="mse", optimizer="sgd", callbacks=[Freeze()])
