"""Any element unfolds into the elements that it was computed from, through all layers."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

X = np.array([[0.5, -1.0]])


@pytest.fixture
def step():
    net = gn.Network("dense(2) tanh dense(1)").build(2, seed=0, dtype="float64")
    net.parameters["0.weights"] = [[1.0, 2.0], [3.0, 4.0]]
    net.parameters["2.weights"] = [[0.5], [-0.5]]
    return gn.explain(net, X, [[1.0]], loss="mse", optimizer="sgd(lr=0.1)", regularizer="l2(0.1)")


def test_an_output_unfolds_to_the_first_input(step):
    assert [line.text(3) for line in step.unfold("2.y[0, 0]")] == [
        "0.y[0, 0] = 0.x[0, 0] · 0.weights[0, 0] + 0.x[0, 1] · 0.weights[1, 0] + 0.bias[0] "
        "= 0.5 · 1 + (-1) · 3 + 0 = -2.5",
        "1.y[0, 0] = tanh(0.y[0, 0]) = tanh(-2.5) = -0.987",
        "0.y[0, 1] = 0.x[0, 0] · 0.weights[0, 1] + 0.x[0, 1] · 0.weights[1, 1] + 0.bias[1] "
        "= 0.5 · 2 + (-1) · 4 + 0 = -3",
        "1.y[0, 1] = tanh(0.y[0, 1]) = tanh(-3) = -0.995",
        "2.y[0, 0] = 1.y[0, 0] · 2.weights[0, 0] + 1.y[0, 1] · 2.weights[1, 0] + 2.bias[0] "
        "= (-0.987) · 0.5 + (-0.995) · (-0.5) + 0 = 0.00422",
    ]


@pytest.mark.parametrize(("levels", "labels"), [(1, ["2.y[0, 0]"]), (2, ["1.y[0, 0]", "1.y[0, 1]", "2.y[0, 0]"])])
def test_levels_say_how_far_back(step, levels: int, labels: list[str]):
    assert [line.label for line in step.unfold("2.y[0,0]", levels)] == labels


def test_the_loss_unfolds_to_the_first_input(step):
    lines = [line.text(3) for line in step.unfold("loss")]
    # The output is 0.00422, and (0.00422 - 1)^2 = 0.992.
    assert lines[-2:] == [
        "v1[0, 0] = 2.y[0, 0] - targets[0, 0] = 0.00422 - 1 = -0.996",
        "loss = v1[0, 0]^2 = (-0.996)^2 = 0.992",
    ]
    assert [line.label for line in step.unfold("2.y[0, 0]")] == [line.split(" = ")[0] for line in lines[:-2]]
    assert [line.label for line in step.unfold("loss", 1)] == ["loss"]


def test_the_loss_of_logits_unfolds_to_the_layer_before_them():
    net = gn.Network("dense(2) tanh dense(1) sigmoid").build(2, seed=0)
    lines = gn.explain(net, X, [[1.0]], loss="bce", optimizer="sgd").unfold("loss")
    labels = [line.label for line in lines]
    assert "2.y[0, 0]" in labels
    assert labels[-1] == "loss"
    assert not any(label.startswith("3.") for label in labels)


def test_a_gradient_unfolds_to_the_loss(step):
    lines = {line.label: line for line in step.unfold("d0.weights[1, 0]")}
    assert list(lines)[-3:] == ["d1.y[0, 0]", "d0.y[0, 0]", "d0.weights[1, 0]"]
    assert "2.weights[0, 0] · d2.y[0, 0]" in lines["d1.y[0, 0]"].text()
    slope = lines["d2.y[0, 0]"].value
    assert slope == pytest.approx(2 * (step.layers[2].values["output"].item() - 1))
    expected = slope * 0.5 * (1 - np.tanh(-2.5) ** 2) * -1.0
    assert lines["d0.weights[1, 0]"].value == pytest.approx(expected)
    assert lines["d0.weights[1, 0]"].value == step.gradients["0.weights"][1, 0]


def test_a_change_is_the_sum_of_its_terms(step):
    (line,) = step.unfold("0.weights[1, 0] change")
    assert line.symbols == "gradient + penalty"
    assert sum(term.value for term in line.terms) == pytest.approx(line.value, rel=1e-14)


def test_an_input_is_the_output_before_it(step):
    assert step.unfold("1.x[0, 1]", 1)[0].label == "0.y[0, 1]"
    assert step.unfold("0.x[0, 1]")[0].text() == "0.x[0, 1] = given = -1"


def test_a_variable_of_the_author_unfolds():
    net = gn.Network("self_attention(2) flatten dense(1)").build((3, 4), seed=0, dtype="float64")
    x = np.random.default_rng(0).normal(size=(1, 3, 4))
    step = gn.explain(net, x, [[1.0]], loss="mse", optimizer="sgd")
    lines = step.unfold("0.attention[sample 0, head 1, step 2, step looked at 0]")
    assert lines[-1].label == "0.attention[sample 0, head 1, step 2, step looked at 0]"
    assert any("0.query[sample 0, head 1, step 2, feature 0]" in line.symbols for line in lines)


def test_deep_networks_unfold_each_element_once():
    net = gn.Network(" ".join(["dense(6) tanh"] * 8)).build(6, seed=0, dtype="float64")
    lines = gn.explain(net, np.ones((1, 6)), np.ones((1, 6)), loss="mse", optimizer="sgd").unfold("15.y[0, 0]")
    labels = [line.label for line in lines]
    assert len(labels) == len(set(labels)) == 6 * 14 + 2
    seen: set[str] = set()
    for line in lines:  # each line uses what was computed before
        assert {term.label for term in line.terms if ".y[" in term.label} <= seen
        seen.add(line.label)


@pytest.mark.parametrize(
    ("element", "message"),
    [
        ("2.z[0]", "layer 2 has no 'z'"),
        ("7.y[0, 0]", "there is no layer 7"),
        ("y", "not an element of a layer"),
        ("2.y[0]", "one index an axis"),
        ("0.weigths[0, 0]", "did you mean 'weights'"),
        ("9.weights[0] change", "there is no array '9.weights'"),
    ],
)
def test_what_is_not_there_is_named(step, element: str, message: str):
    with pytest.raises(gn.OptionError, match=message):
        step.unfold(element)
    with pytest.raises(gn.OptionError, match="1 or more"):
        step.unfold("2.y[0, 0]", 0)


def test_gates_and_heads_within_layers_are_named_by_sample_and_unit():
    net = gn.Network("sequential([lstm(2)]) dense(1)").build((2, 3), seed=0, dtype="float64")
    x = np.random.default_rng(0).normal(size=(2, 2, 3))
    e = gn.explain(net, x, [[1.0], [0.0]], loss="mse", optimizer="sgd")
    lines = {line.label: line for line in e.unfold("0.y[1, 0]")}
    weights, bias = e.parameters["0.0.weights"], e.parameters["0.0.bias"]
    gate = lines["0.0.forget gate[time 0, sample 1, unit 0]"].value  # nothing is remembered at first
    assert gate == pytest.approx(1 / (1 + np.exp(-(x[1, 0] @ weights[:, 2] + bias[2]))))
    assert "0.0.output[time 0, sample 1, unit 1]" in lines
    assert not any("sample 0" in label for label in lines)
    attention = gn.Network("residual([self_attention(2)]) flatten dense(1)").build((3, 4), seed=0, dtype="float64")
    e = gn.explain(attention, np.ones((1, 3, 4)), [[1.0]], loss="mse", optimizer="sgd")
    line = e.unfold("0.y[0, 2, 3]")
    wanted = "0.0.attention[sample 0, head 1, step 2, step looked at 0]"
    assert [each.value for each in line if each.label == wanted] == [pytest.approx(1 / 3)]  # equal steps
