"""Which losses are defined for what a network's last layer gives: warnings, and errors where nothing can be learnt."""

import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.components.metric import outputs_of
from glassnet.registry.registry import registry

X = np.random.default_rng(0).normal(size=(6, 4))

ACTIVATIONS = ("none", "elu", "gelu", "leaky_relu", "linear", "log_softmax", "mish", "prelu", "relu", "selu", "sigmoid",
               "silu", "softmax", "softplus", "tanh")  # fmt: skip
# Of each loss, the activations that it is defined for; for one unit and for three. "all" but a constant one.
ANY_SIZE = {"none", "leaky_relu", "linear", "prelu"}
MARGINS = ANY_SIZE | {"elu", "selu", "tanh"}  # they reach -1 and 1
DEFINED = {
    ("mse", 1): "all", ("mae", 1): "all", ("huber", 1): "all",
    ("bce", 1): {"sigmoid"}, ("bce(from_logits=True)", 1): ANY_SIZE,
    ("focal", 1): {"sigmoid"}, ("focal(from_logits=True)", 1): ANY_SIZE, ("focal(independent=True)", 1): {"sigmoid"},
    ("hinge", 1): MARGINS, ("hinge(independent=True)", 1): MARGINS,
    ("cce", 1): None, ("cce(from_logits=True)", 1): None,
    ("kl_divergence", 1): None, ("kl_divergence(from_logits=True)", 1): None,
    ("mse", 3): "all", ("mae", 3): "all", ("huber", 3): "all",
    # Binary cross-entropy is defined for any numbers in 0..1: of two softmax outputs it is the categorical one.
    ("bce", 3): {"sigmoid", "softmax"}, ("bce(from_logits=True)", 3): ANY_SIZE,
    ("focal", 3): {"softmax"}, ("focal(from_logits=True)", 3): ANY_SIZE | {"log_softmax"},
    ("focal(independent=True)", 3): {"sigmoid", "softmax"},
    ("hinge", 3): MARGINS | {"log_softmax"}, ("hinge(independent=True)", 3): MARGINS,
    ("cce", 3): {"softmax"}, ("cce(from_logits=True)", 3): ANY_SIZE | {"log_softmax"},
    ("kl_divergence", 3): {"softmax"}, ("kl_divergence(from_logits=True)", 3): ANY_SIZE | {"log_softmax"},
}  # fmt: skip


def verdict(layers, loss, y):
    """Return "error", "warning" or "fine" for a fit."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            gn.Network(layers).fit(X, y, loss=loss, optimizer="sgd(lr=1e-6)", batch_size=6)
        except gn.ShapeError:
            return "error"
    return "warning" if any("change the last layer or the loss" in str(each.message) for each in caught) else "fine"


def targets_for(loss, units):
    loss = gn.create("loss", loss)
    if "one_hot" in loss.target_types and loss.of_classes((units,)):
        return np.eye(units)[np.arange(6) % units]
    return np.ones((6, units))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("loss", "units"), DEFINED)
def test_each_activation_with_each_loss(activation, loss, units):
    layers = [f"dense({units})", *([] if activation == "none" else [activation])]
    defined = DEFINED[loss, units]
    if defined is None or (units == 1 and activation in ("softmax", "log_softmax")):
        expected = "error"  # the loss, or the output, is a constant
    else:
        expected = "fine" if defined == "all" or activation in defined else "warning"
    assert verdict(layers, loss, targets_for(loss, units)) == expected


def test_the_table_has_every_shipped_activation_and_loss():
    losses, activations = (
        {registry.load(entry) for entry in registry.entries(kind) if entry.is_own} for kind in ("loss", "activation")
    )
    assert {type(gn.create("loss", loss)) for loss, _ in DEFINED} == losses
    assert {type(gn.create("activation", name)) for name in ACTIVATIONS if name != "none"} == activations


@pytest.mark.parametrize("loss", ["bce", "mse", "hinge"])
def test_a_softmax_over_one_unit_learns_nothing(loss):
    with pytest.raises(gn.ShapeError, match=r"'softmax' over a single unit is always the same number.*use sigmoid"):
        gn.Network("dense(1) softmax").fit(X, np.ones((6, 1)), loss=loss, optimizer="sgd")


@pytest.mark.parametrize(
    "layers",
    [
        "dense(1) softmax dense(3) softmax",
        "dense(1) log_softmax tanh dense(3) softmax",
        "sequential([dense(1), softmax]) dense(3) softmax",
        "reshape([4, 1]) softmax flatten dense(3) softmax",
    ],
)
def test_a_softmax_over_one_unit_lets_nothing_through_anywhere(layers):
    with pytest.raises(gn.ShapeError, match="over a single unit is always the same number"):
        gn.Network(layers).fit(X, [0, 1, 2, 0, 1, 2], loss="cce", optimizer="sgd")


def test_a_distribution_in_a_column_of_its_own_is_not_constant():
    layers = ["dense(3)", "softmax", "reshape([3, 1])"]
    assert verdict(layers, "mse", np.ones((6, 3, 1))) == "fine"


def test_three_sigmoids_are_no_distribution():
    with pytest.warns(gn.GlassnetWarning, match="expects distribution, and 'sigmoid' gives probabilities that do not"):
        gn.Network("dense(3) sigmoid").fit(X, [0, 1, 2, 0, 1, 2], loss="cce", optimizer="sgd")


@pytest.mark.parametrize(
    ("layers", "loss", "units", "expected"),
    [
        (["sequential([dense(3), softmax])"], "cce", 3, "fine"),
        (["sequential([dense(3), sigmoid])"], "cce", 3, "warning"),
        (["sequential([dense(2), sequential([dense(3), softmax])])"], "cce", 3, "fine"),
        (["sequential([dense(1), softmax])"], "bce", 1, "error"),
        (["sequential([dense(3), log_softmax])"], "cce(from_logits=True)", 3, "fine"),
        (["sequential([dense(1), relu])"], "bce(from_logits=True)", 1, "warning"),
        (["dense(3)", "sigmoid", "reshape([3, 1])", "flatten"], "bce", 3, "fine"),
        (["dense(3)", "tanh", "flatten"], "bce(from_logits=True)", 3, "warning"),
        (["concat([sequential([dense(1), sigmoid]), sequential([dense(2), softmax])])"], "bce", 3, "fine"),
        (["concat([sequential([dense(1), sigmoid]), dense(2)])"], "bce", 3, "warning"),
        (["concat([sequential([dense(1), tanh]), sequential([dense(2), relu])])"], "mse", 3, "fine"),
        (["concat([sequential([dense(1), tanh]), dense(2)])"], "bce(from_logits=True)", 3, "fine"),
        (["dense(3)", "softmax", "dropout(0.5)"], "cce", 3, "warning"),
        (["residual([dense(4), sigmoid])", "dense(3)"], "cce", 3, "warning"),
        (["residual([dense(4), sigmoid])"], "bce", 4, "warning"),
        (["reshape([2, 2])", "lstm(3)"], "cce(from_logits=True)", 3, "warning"),
        (["reshape([2, 2])", "gru(1)"], "hinge", 1, "fine"),
    ],
)
def test_nested_last_layers_and_those_that_keep_their_inputs(layers, loss, units, expected):
    assert verdict(layers, loss, targets_for(loss, units)) == expected


class Squared(gn.Activation):
    output_range = (0.0, float("inf"))

    def forward(self, x):
        return x * x


class HardSigmoid(gn.Activation):
    output_range = (0.0, 1.0)

    def forward(self, x):
        return np.clip(x / 6 + 0.5, 0, 1)


class OfSigns(gn.Loss):
    prediction_type = "logits"
    needed_range = (-1.0, 1.0)

    def forward(self, y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2)


@pytest.mark.parametrize(
    ("activation", "loss", "expected"),
    [
        (Squared(), "bce(from_logits=True)", "warning"),
        (Squared(), "bce", "warning"),
        (HardSigmoid(), "bce", "fine"),
        (HardSigmoid(), "cce", "warning"),
        ("tanh", OfSigns(), "fine"),
        ("sigmoid", OfSigns(), "warning"),
    ],
)
def test_a_third_party_declares_the_same(activation, loss, expected):
    units = 3 if loss == "cce" else 1
    y = np.eye(3)[np.arange(6) % 3] if units == 3 else np.ones((6, 1))
    assert verdict([f"dense({units})", activation], loss, y) == expected


def test_evaluate_warns_as_fit_does():
    net = gn.Network("dense(3) sigmoid").build((4,))
    with pytest.warns(gn.GlassnetWarning, match="expects distribution"):
        net.evaluate(X, [0, 1, 2, 0, 1, 2], loss="cce")


def test_all_layers_that_keep_their_inputs_say_so():
    assert outputs_of([gn.layers.flatten(), gn.layers.reshape([2])])[0] == "inputs"
