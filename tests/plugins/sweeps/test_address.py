"""Where a setting is in an experiment, by its name."""

import pytest

import glassnet as gn
from glassnet_sweeps.space import checked, space_of, with_settings

LAYERS = "flatten dense(8) relu dropout(0.1) residual([dense(8),dropout(0.2)]) dense(2) softmax"


def experiment(**options):
    return gn.Experiment(
        **{"layers": gn.Network(LAYERS).layers, "loss": "cce", "optimizer": "adam", "dataset": "xor", **options}
    )


def suited(vary):
    base = experiment()
    return checked(space_of(vary), lambda settings: with_settings(base, settings))


def spelled(kind, spec):
    return repr(gn.create(kind, spec))


@pytest.mark.parametrize(
    ("name", "value", "option", "spec"),
    [
        ("lr", 0.5, "optimizer", "adam(lr=0.5)"),
        ("optimizer.beta1", 0.5, "optimizer", "adam(beta1=0.5)"),
        ("adam.beta1", 0.5, "optimizer", "adam(beta1=0.5)"),
        ("beta1", 0.5, "optimizer", "adam(beta1=0.5)"),
        ("optimizer", "sgd(lr=0.2)", "optimizer", "sgd(lr=0.2)"),
        ("batch-size", 7, "batch_size", "7"),
        ("epochs", 9, "epochs", "9"),
        ("schedule", "cosine", "schedule", "cosine"),
        ("schedule", None, "schedule", "None"),
        ("regularizer", "l2(0.1)", "regularizer", "l2(strength=0.1)"),
    ],
)
def test_options_of_a_training(name, value, option, spec):
    assert repr(getattr(with_settings(experiment(), {name: value}), option)) == spec


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("layers[1].units", 5, LAYERS.replace("dense(8) relu", "dense(5) relu")),
        ("dense[0].units", 5, LAYERS.replace("dense(8) relu", "dense(5) relu")),
        ("dropout[0].rate", 0.5, LAYERS.replace("dropout(0.1)", "dropout(0.5)")),
        ("dropout[-1].rate", 0.5, LAYERS.replace("dropout(0.2)", "dropout(0.5)")),
        (
            "dropout[:].rate",
            0.5,
            LAYERS.replace("dropout(0.2)", "dropout(0.5)").replace("dropout(0.1)", "dropout(0.5)"),
        ),
        ("rate[0]", 0.5, LAYERS.replace("dropout(0.1)", "dropout(0.5)")),
        ("dense[:-1].bias", False, LAYERS.replace("dense(8)", "dense(8,bias=False)")),
        ("layers[2]", "tanh", LAYERS.replace("relu", "tanh")),
        ("layers", "dense(2) softmax", "dense(2) softmax"),
    ],
)
def test_layers_by_place_and_by_name(name, value, told):
    found = with_settings(experiment(), {name: value})
    assert list(map(repr, found.layers)) == list(map(repr, gn.Network(told).layers))


def test_the_step_size_of_an_optimizer_within_another():
    found = with_settings(experiment(optimizer="ema(adam(lr=0.1))"), {"lr": 0.5})
    assert repr(found.optimizer) == spelled("optimizer", "ema(adam(lr=0.5))")


def test_a_component_is_replaced_before_its_options():
    found = with_settings(experiment(), {"lr": 0.5, "optimizer.momentum": 0.3, "optimizer": "momentum"})
    assert repr(found.optimizer) == "momentum(lr=0.5, momentum=0.3)"


def test_an_option_of_a_component_of_somebody_else():
    class Wobble(gn.Activation):
        """x * width."""

        width: float = gn.option(1.0, gt=0, help="the factor")

        def forward(self, x):
            return x * self.width

        def backward(self, dy, x, y):
            return dy * self.width

    with gn.registered("activation", "wobble", Wobble):
        base = experiment(layers=["flatten", "dense(2)", "wobble", "softmax"])
        assert repr(with_settings(base, {"wobble.width": 3.0}).layers[2]) == "wobble(width=3.0)"
        assert repr(with_settings(base, {"width": 3.0}).layers[2]) == "wobble(width=3.0)"
        with pytest.raises(gn.OptionError, match="width must be > 0"):
            with_settings(base, {"width": -1.0})


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lrr", "did you mean 'lr'"),
        ("optimizer.lrr", "did you mean 'lr'"),
        ("dense.units", r"there are 3 \(dense\(8\), dense\(8\), dense\(2\)\)"),
        ("dense[7].units", "does not exist"),
        ("rate", r"'rate' is not clear: there are 2"),
        ("dropout", "is a component"),
        ("optimizer[0].lr", "is not a list"),
        ("dense[a].units", "neither a number nor a slice"),
        ("dense..units", "does not name a setting"),
    ],
)
def test_a_name_that_is_wrong_or_not_clear(name, told):
    with pytest.raises(gn.OptionError, match=told):
        with_settings(experiment(), {name: 1})


def test_whole_bounds_of_a_real_option_give_real_numbers():
    space = suited(["lr=1..4", "batch_size=1..4"])
    assert [each.whole for each in space] == [False, True]
    assert space.at([0.5, 0.5]) == {"lr": 2.5, "batch_size": 2}


def test_real_bounds_of_a_whole_option_are_refused():
    with pytest.raises(gn.OptionError, match="batch_size"):
        suited(["batch_size=1.5..4.5"])


def test_a_value_out_of_range_is_refused_before_any_training():
    with pytest.raises(gn.OptionError, match=r"lr must be > 0 \(got -1"):
        suited(["lr=-1..4"])
