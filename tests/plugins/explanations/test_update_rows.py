"""The rows of the update, computed again from nothing but the page: by the formulas of the papers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet_explanations.explanation import Explanation
from glassnet_explanations.page.weight_contents import page_of_weight
from tests.plugins.explanations.snapshots import Snapshots

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
_SETTING = re.compile(r"(\w+) = ([-+\d.e]+)")
_STEP_SIZE = re.compile(r"The step size is ([-+\d.e]*\d)( here)?")


class Halving(gn.Optimizer):
    """An optimizer of somebody else: momentum and decay, without terms of its own."""

    lr: float = gn.option(0.1)
    kept: float = gn.option(0.5, help="part of the velocity that is kept")
    formula = "v = kept v + g,  p = p - lr v"
    slots = ("v",)

    def update(self, p, g, state, lr, t):
        state["v"] *= self.kept
        state["v"] += g
        p -= lr * state["v"]


def adam(p, g, lr, t, beta1, beta2, epsilon, m=0.0, v=0.0, weight_decay=0.0):
    mean = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
    square = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
    return -lr * weight_decay * p - lr * mean / (square**0.5 + epsilon)


def momentum(p, g, lr, momentum, v=0.0):
    return -lr * (momentum * v + g)


def nesterov(p, g, lr, momentum, v=0.0):
    return -lr * (g + momentum * (momentum * v + g))


def rmsprop(p, g, lr, decay, epsilon, v=0.0):
    return -lr * g / ((decay * v + (1 - decay) * g**2) ** 0.5 + epsilon)


def lion(p, g, lr, beta1, beta2, weight_decay, m=0.0):
    return -lr * (np.sign(beta1 * m + (1 - beta1) * g) + weight_decay * p)


RULES: list[tuple[Any, Callable[..., float]]] = [
    ("sgd(lr=0.1)", lambda p, g, lr: -lr * g),
    ("momentum(lr=0.1)", momentum),
    ("momentum(lr=0.1, nesterov=True)", nesterov),
    ("adam(lr=0.01, beta1=0.8)", adam),
    ("adamw(lr=0.01, weight_decay=0.1)", adam),
    ("rmsprop", rmsprop),
    ("adagrad", lambda p, g, lr, epsilon, v=0.0: -lr * g / ((v + g**2) ** 0.5 + epsilon)),
    ("lion(weight_decay=0.1)", lion),
    (Halving(), lambda p, g, lr, kept, v=0.0: -lr * (kept * v + g)),
]


def explained(optimizer: Any, step: int, **given: Any) -> Explanation:
    """Return the explanation of a step, after a training of some steps."""
    net, taken = gn.Network("dense(3) tanh dense(1, lr_scale=0.5)").build(2, seed=1, dtype="float64"), []
    given = {"loss": "mse", "optimizer": optimizer, "regularizer": "l2(0.02)", **given}
    start = net.copy()
    net.fit(X, Y, epochs=step + 1, callbacks=[Snapshots(taken=taken)], **given)
    start.flat_parameters[:], state = taken[step]
    return gn.explain(start, X, Y, step=step, optimizer_state=state, **given)


def printed_rows(page: str) -> dict[str, dict[str, dict[str, float]]]:
    """Return of each row of the update in Markdown its terms, and what the rule is given: settings and memory."""
    update = page[page.index("## Update") :]
    settings = {name: float(value) for name, value in _SETTING.findall(update.split("\n")[2])}
    rows: dict[str, dict[str, dict[str, float]]] = {}
    header: list[str] = []
    for line in update.split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        size = _STEP_SIZE.search(line)
        if size and not size[2]:
            settings["lr"] = float(size[1])
        elif size:  # a remark below a table
            array = list(rows)[-1].split("[")[0]
            for row in (row for name, row in rows.items() if name.split("[")[0] == array):
                row["given"]["lr"] = float(size[1])
        elif cells[0] == "weight":
            header = cells
        elif line.startswith("|") and "---" not in line:
            numbers = {name: float(cell) for name, cell in zip(header[1:], cells[1:], strict=True)}
            row = rows.setdefault(cells[0], {"given": dict(settings)})
            kind = "terms" if "change" in numbers else "given"
            row[kind] = row.get(kind, {}) | numbers
    return rows


@pytest.mark.parametrize(("optimizer", "rule"), RULES, ids=[repr(one) for one, _ in RULES])
@pytest.mark.parametrize("step", [0, 5])
def test_a_change_follows_from_the_numbers_in_its_row(optimizer: Any, rule: Callable[..., float], step: int):
    explanation = explained(optimizer, step)
    rows = printed_rows(explanation.to_markdown(digits=17))
    assert len(rows) == 13
    for name in [name for name, row in rows.items() if "g" not in row["given"]]:
        # No penalty and no memory: the gradient is in the section of the layer.
        assert "bias" in name
        assert step == 0 or optimizer == "sgd(lr=0.1)"
        array, place = name.rstrip("]").split("[")
        rows[name]["given"]["g"] = explanation.gradients[array][int(place)]
    for given, terms in (row.values() for row in rows.values()):
        p, change, after = (terms.pop(name) for name in ("before", "change", "after"))
        assert rule(p, **given) == pytest.approx(change, rel=1e-12, abs=1e-15)
        assert sum(terms.values()) == pytest.approx(change, rel=1e-12, abs=1e-15)
        assert terms["gradient"] + terms.get("penalty", 0.0) == pytest.approx(-given["lr"] * given["g"], rel=1e-12)
        assert p + change == pytest.approx(after, rel=1e-15)


def test_a_wrapper_shows_the_formula_and_the_memory_of_what_it_holds():
    page = explained("accumulate(momentum(lr=0.1), steps=2)", 3).to_markdown()
    assert "momentum(lr=0.1): `v = momentum v + g" in page
    assert "with lr = 0.1, momentum = 0.9" in page
    assert "remembers sum and inside v of the steps before" in page


def test_the_memory_is_what_the_formula_calls_by_that_name():
    memory = explained("momentum(lr=0.1)", 1).memory["0.weights"]
    first = explained("momentum(lr=0.1)", 0)
    np.testing.assert_allclose(memory["v"], first.memory["0.weights"]["g"], rtol=1e-12)
    slope = first.gradients["0.weights"] + 2 * 0.02 * first.parameters["0.weights"]
    np.testing.assert_allclose(first.memory["0.weights"]["g"], slope)
    assert list(first.memory["0.bias"]) == ["g"]


def test_settings_of_penalty_schedule_and_constraint_are_printed():
    net = gn.Network("dense(1, constraint=max_norm(1.5)) leaky_relu").build(2, seed=0, dtype="float64")
    page = gn.explain(
        net, X, Y, loss="huber", optimizer="sgd", regularizer="l2", schedule="cosine", step=1, steps=4
    ).to_markdown()
    assert "dw = 2 * strength * w` with strength = 0.01" in page
    assert "with final_fraction = 0, step = 1, total_steps = 4" in page
    assert "limit / |w_j|)  for each unit j` with limit = 1.5" in page
    assert "a = negative_slope` with negative_slope = 0.01" in page
    assert "with delta = 1" in page


def test_json_has_rules_and_memory():
    content = explained("momentum(lr=0.1)", 1).to_dict()
    assert content["rules"][0]["settings"] == {"momentum": 0.9}
    assert content["memory"]["2.bias"]["v"] == explained("momentum(lr=0.1)", 1).memory["2.bias"]["v"].tolist()
    assert content["penalties"]["0.weights"]["settings"] == {"strength": 0.02}


@pytest.mark.parametrize("within", [False, True])
def test_a_shared_parameter_names_the_gradients_that_it_sums(within: bool):
    layer = gn.layers.dense(2)
    net = gn.Network([layer, "tanh", gn.layers.residual([layer]) if within else layer, "dense(1)"])
    net.build(2, seed=0, dtype="float64")
    explanation = gn.explain(net, X, Y, loss="mse", optimizer="sgd(lr=1)")
    page, own = explanation.to_markdown(), "d0.weights" if within else "dweights"
    assert "It shares 0.weights and 0.bias with another layer." in page
    assert f"its gradient is the sum of dweights of layer 0 and {own} of layer 2." in page
    first, second = (explanation.layers[number].gradients for number in (0, 2))
    both = first["weights"] + second[own[1:]]
    np.testing.assert_allclose(explanation.memory["0.weights"]["g"], both, rtol=1e-12)
    assert explanation.memory["0.weights"]["g"].all()


def test_the_page_of_a_shared_weight_has_its_gradient_in_each_layer():
    layer = gn.layers.dense(2)
    net = gn.Network([layer, "tanh", layer]).build(2, seed=0, dtype="float64")
    step = gn.explain(net, X[1:2], np.ones((1, 2)), loss="mse", optimizer="sgd")
    titles = [
        block.title for block in page_of_weight(step, "0.weights[1,0]").sections[0].blocks if hasattr(block, "title")
    ]
    assert "where its gradient comes from in layer 0" in titles
    assert "where its gradient comes from in layer 2" in titles
