"""What the kernel refuses: one sentence says what is wrong, what was got, and what to do."""

import pickle

import numpy as np
import pytest

import glassnet as gn

X = np.ones((4, 2), np.float32)
Y = np.ones((4, 1), np.float32)


def network():
    return gn.Network("dense(1)").build(2)


def trained():
    net = network()
    net.fit(X, Y, loss="mse", optimizer="sgd")
    return net


REFUSED = {
    "a network that is called": (lambda: network()(X), gn.OptionError, "write net.predict(x)"),
    "a network that reads a file": (lambda: gn.Network.load("a"), gn.OptionError, "write gn.load('model.safetensors')"),
    "a network as an iterable": (lambda: list(network()), gn.OptionError, "write net.layers"),
    "no layer": (lambda: gn.Network([]), gn.SpecError, "needs at least one layer (got none)"),
    "a number of layers": (lambda: gn.Network(3), gn.WrongKindError, "takes a list of layers, or their specs"),
    "a shape with a length of 0": (lambda: network().build((0, 2)), gn.ShapeError, "input_shape is (0, 2)"),
    "an integer": (
        lambda: network().build(2, dtype="int8"),
        gn.OptionError,
        "must be 'float32' or 'float64' (got",
    ),
    "a seed below 0": (
        lambda: network().build(2, seed=-1),
        gn.OptionError,
        "whole number >= 0 (got -1)",
    ),
    "text in place of a path": (
        lambda: network().fit(X, Y, loss="mse", optimizer="sgd", folder=""),
        gn.OptionError,
        "folder must be the path of a folder (got '')",
    ),
    "no loss": (lambda: network().fit(X, Y, optimizer="sgd"), gn.OptionError, "loss"),
    "text as samples": (lambda: network().predict("text"), gn.DataError, "x"),
    "complex numbers": (lambda: network().predict(X.astype(complex)), gn.DataError, "element type complex128"),
    "rows of several lengths": (lambda: network().predict([[1.0], [1.0, 2.0]]), gn.DataError, "x"),
    "fewer targets": (
        lambda: network().fit(X, Y[:3], loss="mse", optimizer="sgd"),
        gn.DataError,
        "x has 4 samples and y has 3",
    ),
    "targets of another shape": (
        lambda: network().fit(X, X, loss="mse", optimizer="sgd"),
        gn.ShapeError,
        "expects targets of shape (batch, 1), got (4, 2)",
    ),
    "an array as an option": (lambda: gn.create("layer", "dense(1)").replace(units=X), gn.OptionError, "units must be"),
    "a number without end": (lambda: gn.layers.dense(10**400), gn.OptionError, "units must be smaller than 1e308"),
    "layers without brackets": (
        lambda: gn.layers.sequential("relu", "tanh"),
        gn.OptionError,
        "takes one list, got 2 values; put brackets around them",
    ),
    "the loader's protocol": (gn.DataLoader, gn.OptionError, "fit() makes batches by itself: batch_size=32"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_use_that_makes_no_sense_is_refused_in_a_sentence(name):
    use, error, told = REFUSED[name]
    with pytest.raises(error) as caught:
        use()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def assign(owner, name, value):
    setattr(owner, name, value)


FIXED = {
    "layers": (lambda: assign(network(), "layers", ()), "layers"),
    "an option": (lambda: assign(gn.layers.dense(1), "units", 2), "replace(units=2) for a copy"),
    "an attribute without an option": (lambda: assign(gn.layers.dense(1), "unit", 2), "did you mean 'units'?"),
    "the options as a mapping": (lambda: gn.layers.dense(1).options.update(units=2), "replace(name=…)"),
    "a figure of a history": (
        lambda: trained().history.__setitem__("loss", [0.0]),
        "keep values of your own beside it",
    ),
    "figures of a history": (lambda: trained().history.__delitem__("loss"), "keep values of your own beside it"),
}


@pytest.mark.parametrize("name", FIXED)
def test_what_cannot_be_set_says_what_to_do(name):
    use, told = FIXED[name]
    with pytest.raises(AttributeError) as caught:
        use()
    assert told in str(caught.value)


def test_what_a_network_is_measured_by_is_a_configuration():
    with pytest.raises(gn.WrongKindError, match="EvaluationConfig or None, got 'mse'"):
        network().evaluation_config = "mse"


def test_a_history_shows_its_last_epoch():
    assert repr(trained().history).startswith("<History of 1 epochs: loss=")


def test_options_are_sent_to_another_process_as_an_ordinary_mapping():
    options = gn.layers.dense(3).options
    again = pickle.loads(pickle.dumps(options))
    assert type(again) is dict
    assert again["units"] == 3


def test_a_run_says_where_an_attribute_of_it_is_chosen():
    class Sets(gn.Callback):
        def on_run_start(self, run):
            run.lr = 0.5

    with pytest.raises(AttributeError, match=r"the lr of a run cannot be set; set run\.lr_scale, or give fit"):
        network().fit(X, Y, loss="mse", optimizer="sgd", callbacks=[Sets()])


def test_constraints_hold_after_each_step():
    net = gn.Network("dense(1, constraint=non_negative)").build(2)
    net.flat_parameters = [-1.0, 2.0, 0.0]
    net.fit(X, Y, loss="mse", optimizer="sgd(lr=1e-6)", batch_size=4)
    assert net.parameters["0.weights"][0, 0] == 0
    assert net.parameters["0.weights"][1, 0] > 0


def test_parameters_and_gradients_are_assigned_by_copying():
    net = network()
    net.parameters = {"0.weights": [[1.0], [2.0]], "0.bias": [3.0]}
    assert net.flat_parameters.tolist() == [1, 2, 3]
    net.gradients = [4.0, 5.0, 6.0]
    assert net.gradients.tolist() == [4, 5, 6]
