"""One weight through a training, beside the parameters that the training really had."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet_explanations.weight_history import FollowWeight, history_of
from tests.plugins.explanations.halving import Halving
from tests.plugins.explanations.snapshots import Snapshots

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])


class Values(gn.Callback):
    """Keeps one weight after each step."""

    kept: Any = gn.option(kw_only=True)

    def on_batch_end(self, run: gn.Run) -> None:
        self.kept.append(float(run.network.parameters["0.weights"][1, 2]))


@pytest.mark.parametrize("optimizer", ["sgd(lr=0.1)", "momentum", "adam(lr=0.01)", "adamw", "rmsprop", "lion", "nadam"])
def test_terms_add_up_to_each_change(optimizer: str):
    net = gn.Network("dense(3) tanh dense(1)").build(2, seed=0, dtype="float64")
    first = float(net.parameters["0.weights"][1, 2])
    steps, kept = [], []
    callbacks = [FollowWeight("0.weights[1, 2]", steps), Values(kept=kept)]
    given = {"loss": "mse", "regularizer": "l2(0.1)", "schedule": "cosine", "epochs": 6, "batch_size": 2}
    net.fit(X, Y, optimizer=optimizer, callbacks=callbacks, **given)
    history = history_of("0.weights[1, 2]", steps)
    np.testing.assert_array_equal(history.values, [first, *kept])
    total = history.terms.pop("total")
    np.testing.assert_allclose(total, np.diff([first, *kept]), atol=1e-17)
    assert np.abs(history.terms.pop("rest")).max() < 1e-12
    np.testing.assert_allclose(sum(history.terms.values()), total, atol=1e-12)
    assert {"gradient", "penalty", "schedule"} <= set(history.terms)


def test_its_terms_are_those_of_an_explanation():
    net = gn.Network("dense(3) tanh dense(1)").build(2, seed=0, dtype="float64")
    given = {"loss": "mse", "optimizer": "momentum(lr=0.1)", "regularizer": "l2(0.1)"}
    explanation = gn.explain(net, X, Y, **given)
    steps: list[dict[str, float]] = []
    net.fit(X, Y, callbacks=FollowWeight("0.weights[1, 2]", steps), batch_size=4, **given)
    for name, values in explanation.updates["0.weights"].items():
        assert steps[0][name] == pytest.approx(values[1, 2], abs=1e-16)
    assert steps[0]["slope"] == pytest.approx(
        explanation.gradients["0.weights"][1, 2]
        + gn.regularizers.l2(0.1).gradient(explanation.parameters["0.weights"])[1, 2]
    )


@pytest.mark.parametrize(
    ("optimizer", "constraint"),
    [
        ("muon(weight_decay=0.1)", ""),
        ("ema(muon)", ", constraint=max_norm(0.6)"),
        (Halving(), ""),
        (Halving(), ", constraint=non_negative"),
        ("accumulate(adam(lr=0.05), steps=2)", ", constraint=max_norm(0.6)"),
        ("sgd(lr=0.1)", ", constraint=max_norm(0.6), lr_scale=0.5"),
    ],
)
def test_each_step_has_the_terms_of_its_explanation(optimizer: Any, constraint: str):
    net = gn.Network(f"dense(3{constraint}) tanh dense(1)").build(2, seed=0, dtype="float64")
    given = {"loss": "mse", "optimizer": optimizer, "regularizer": "l2(0.1)", "schedule": "cosine", "epochs": 4}
    start, steps, taken = net.copy(), [], []
    net.fit(X, Y, callbacks=[FollowWeight("0.weights[1, 2]", steps), Snapshots(taken=taken)], batch_size=4, **given)
    del given["epochs"]
    for number in (0, 3):
        start.flat_parameters[:], state = taken[number]
        terms = gn.explain(start, X, Y, step=number, steps=4, optimizer_state=state, **given).updates["0.weights"]
        for name, values in terms.items():
            assert steps[number].get(name, 0.0) == pytest.approx(values[1, 2], rel=1e-9, abs=1e-15), name
        assert abs(steps[number]["rest"]) < 1e-14


def test_an_optimizer_of_the_whole_network_leaves_a_rest():
    net = gn.Network("dense(3) dense(1)").build(2, seed=0, dtype="float64")
    steps: list[dict[str, float]] = []
    net.fit(X, Y, loss="mse", optimizer="lbfgs", callbacks=FollowWeight("0.weights[0, 0]", steps), batch_size=4)
    assert steps[0]["rest"] != 0
    assert steps[0]["gradient"] + steps[0]["penalty"] + steps[0]["rest"] == pytest.approx(steps[0]["total"])


def test_a_weight_that_is_not_there_is_named():
    net = gn.Network("dense(3)").build(2, seed=0)
    with pytest.raises(gn.OptionError, match=r"no array '0\.weight', did you mean '0\.weights'"):
        net.fit(X, np.zeros((4, 3)), loss="mse", optimizer="sgd", callbacks=FollowWeight("0.weight[0, 0]", []))
