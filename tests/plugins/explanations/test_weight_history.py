"""One weight through a training, beside the parameters that the training really had."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet_explanations.weight_history import FollowWeight, history_of

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


def test_an_optimizer_of_whole_matrices_leaves_a_rest():
    net = gn.Network("dense(3) dense(1)").build(2, seed=0, dtype="float64")
    steps: list[dict[str, float]] = []
    net.fit(X, Y, loss="mse", optimizer="muon", callbacks=FollowWeight("0.weights[0, 0]", steps), batch_size=4)
    assert steps[0]["rest"] != 0
    assert steps[0]["gradient"] + steps[0]["penalty"] + steps[0]["rest"] == pytest.approx(steps[0]["total"])


def test_a_weight_that_is_not_there_is_named():
    net = gn.Network("dense(3)").build(2, seed=0)
    with pytest.raises(gn.OptionError, match=r"no array '0\.weight', did you mean '0\.weights'"):
        net.fit(X, np.zeros((4, 3)), loss="mse", optimizer="sgd", callbacks=FollowWeight("0.weight[0, 0]", []))
