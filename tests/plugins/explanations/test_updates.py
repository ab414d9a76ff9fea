"""The terms of a change add up to the change that a training makes, and each is what its name says."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from tests.plugins.explanations.snapshots import Snapshots

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
OPTIMIZERS = [
    *("sgd(lr=0.1)", "momentum(lr=0.1)", "momentum(lr=0.1, nesterov=True)", "adam(lr=0.01)", "nadam", "radam(lr=0.1)"),
    *("adamw(lr=0.01, weight_decay=0.1)", "rmsprop", "adagrad", "lion(weight_decay=0.1)", "lbfgs", "muon"),
    *("muon(weight_decay=0.1, nesterov=False)", "accumulate(adam, steps=2)", "accumulate(sgd(lr=0.1), steps=3)"),
    *("ema(momentum)", "lbfgs(line_search=False)", "ema(lbfgs)"),
]


def network(layers: str = "dense(3) tanh dense(1) sigmoid") -> gn.Network:
    return gn.Network(layers).build(2, seed=1, dtype="float64")


def total_of(explanation) -> np.ndarray:
    return np.concatenate([terms["total"].ravel() for terms in explanation.updates.values()])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("step", [0, 5])
def test_the_total_is_the_change_that_a_training_makes(optimizer: str, step: int):
    net, taken = network(), []
    given = {"loss": "mse", "optimizer": optimizer, "regularizer": "l1_l2(l1=0.01, l2=0.02)", "schedule": "cosine"}
    start = net.copy()
    net.fit(X, Y, epochs=9, callbacks=[Snapshots(taken=taken)], **given)
    (before, state), (after, _) = taken[step : step + 2]
    start.flat_parameters[:] = before
    explanation = gn.explain(start, X, Y, step=step, steps=9, optimizer_state=state, **given)
    np.testing.assert_allclose(total_of(explanation), after - before, rtol=1e-9, atol=1e-12)
    assert "rest" not in explanation.updates["0.weights"]
    np.testing.assert_array_equal(start.flat_parameters, before)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_terms_add_up_to_the_total(optimizer: str):
    explanation = gn.explain(network(), X, Y, loss="mse", optimizer=optimizer, regularizer="l2", schedule="cosine")
    for terms in explanation.updates.values():
        total = terms.pop("total")
        np.testing.assert_allclose(sum(terms.values()), total, rtol=1e-13, atol=1e-17)


def one_weight() -> gn.Network:
    net = gn.Network("dense(1)").build(1, seed=0, dtype="float64")
    net.parameters["0.weights"] = [[2.0]]
    return net


def test_terms_of_one_weight_computed_by_hand():
    # y = 2 * 3 = 6, target 5: loss 1, gradient 2 (6 - 5) 3 = 6; the penalty is w^2 / 2 * 0.1 … in the form of l2.
    terms = gn.explain(one_weight(), [[3.0]], [[5.0]], loss="mse", optimizer="sgd(lr=0.1)", regularizer="l2(0.01)")
    updates = terms.updates["0.weights"]
    slope = float(gn.regularizers.l2(0.01).gradient(np.array([2.0]))[0])
    np.testing.assert_allclose(updates["gradient"], [[-0.6]])
    np.testing.assert_allclose(updates["penalty"], [[-0.1 * slope]])
    np.testing.assert_allclose(updates["total"], [[-0.6 - 0.1 * slope]])
    assert list(terms.updates["0.bias"]) == ["gradient", "total"]


def test_momentum_is_what_the_velocity_kept():
    state = {"momentum_v": np.array([0.5, 0.25])}  # 0.9 times the velocity, of the weight and of the bias
    e = gn.explain(one_weight(), [[3.0]], [[5.0]], loss="mse", optimizer="momentum(lr=0.1)", optimizer_state=state)
    np.testing.assert_allclose(e.updates["0.weights"]["momentum"], [[-0.05]])
    np.testing.assert_allclose(e.updates["0.weights"]["total"], [[-0.65]])
    np.testing.assert_allclose(e.updates["0.bias"]["momentum"], [-0.025])


def test_a_state_may_be_that_of_the_formula_or_of_its_accelerator():
    given = {"loss": "mse", "optimizer": "momentum(lr=0.1)"}
    formula = gn.explain(one_weight(), [[3.0]], [[5.0]], optimizer_state={"v": np.array([0.5, 0.25])}, **given)
    np.testing.assert_allclose(formula.updates["0.weights"]["momentum"], [[-0.045]])  # 0.9 of the velocity is kept
    np.testing.assert_allclose(formula.updates["0.weights"]["total"], [[-0.645]])
    kept = {"momentum_v": np.array([0.45, 0.225])}
    accelerated = gn.explain(one_weight(), [[3.0]], [[5.0]], optimizer_state=kept, **given)
    for name, terms in formula.updates.items():
        for term, values in terms.items():
            np.testing.assert_allclose(accelerated.updates[name][term], values, atol=1e-16)


def test_first_step_of_adam_has_the_length_of_its_step_size():
    updates = gn.explain(one_weight(), [[3.0]], [[5.0]], loss="mse", optimizer="adam(lr=0.1)").updates["0.weights"]
    np.testing.assert_allclose(updates["gradient"], [[-0.6]])
    np.testing.assert_allclose(updates["momentum"], [[0.0]], atol=1e-15)
    np.testing.assert_allclose(updates["scaling"], [[0.5]], rtol=1e-7)
    np.testing.assert_allclose(updates["total"], [[-0.1]], rtol=1e-7)


def test_schedule_is_what_it_takes_from_the_step():
    given = {"loss": "mse", "optimizer": "sgd(lr=0.1)", "schedule": "step(every=1, factor=0.5)"}
    updates = gn.explain(one_weight(), [[3.0]], [[5.0]], step=2, steps=3, **given).updates["0.weights"]
    np.testing.assert_allclose(updates["gradient"], [[-0.6]])
    np.testing.assert_allclose(updates["schedule"], [[0.45]])  # 0.1 becomes 0.025


def test_constraint_is_what_it_takes_back():
    net = gn.Network("dense(1, constraint=max_norm(1.9))").build(1, seed=0, dtype="float64")
    net.parameters["0.weights"] = [[2.0]]
    updates = gn.explain(net, [[3.0]], [[7.0]], loss="mse", optimizer="sgd(lr=0.1)").updates["0.weights"]
    np.testing.assert_allclose(updates["gradient"], [[0.6]])
    np.testing.assert_allclose(updates["constraint"], [[-0.7]])
    np.testing.assert_allclose(updates["total"], [[-0.1]])


def test_sample_weights_and_class_weights_count():
    net = network("dense(3) softmax")
    given = {"loss": "categorical_crossentropy", "optimizer": "sgd(lr=1)"}
    labels = np.array([0, 1, 2, 0])
    weighted = gn.explain(net, X, labels, sample_weight=[1, 0, 0, 0], **given)
    alone = gn.explain(net, X[:1], labels[:1], **given)
    np.testing.assert_allclose(total_of(weighted), total_of(alone), atol=1e-15)
    by_class = gn.explain(net, X, labels, class_weight={0: 1, 1: 0, 2: 0}, **given)
    both = gn.explain(net, X[[0, 3]], labels[[0, 3]], **given)
    np.testing.assert_allclose(total_of(by_class), total_of(both), atol=1e-15)


def test_layers_that_are_not_trained_have_no_update():
    net = network("dense(3, trainable=False) dense(1)")
    explanation = gn.explain(net, X, Y, loss="mse", optimizer="sgd")
    assert list(explanation.updates) == ["1.weights", "1.bias"]
    assert "weights" in explanation.layers[0].gradients


def test_an_optimizer_without_terms_of_its_own_is_taken_apart():
    class Halfway(gn.Optimizer):
        """Half a step of momentum, with a decay."""

        lr: float = gn.option(0.1)
        slots = ("v",)
        formula = "v = v / 2 + g,  p = 0.9 p - lr v"

        def update(self, p, g, state, lr, t):
            state["v"] *= 0.5
            state["v"] += 2 * g
            p *= 0.9
            p -= lr * state["v"]

    state = {"v": np.array([1.0, 0.0])}
    e = gn.explain(one_weight(), [[3.0]], [[5.0]], loss="mse", optimizer=Halfway(), optimizer_state=state)
    updates = {name: float(values[0, 0]) for name, values in e.updates["0.weights"].items()}
    expected = {"gradient": -0.6, "decay": -0.2, "scaling": -0.6, "state": -0.05, "total": -1.45}
    assert updates == pytest.approx(expected)


def test_a_clipped_gradient_is_a_term_of_the_callbacks():
    given = {"loss": "mse", "optimizer": "sgd(lr=0.1)"}
    free = gn.explain(one_weight(), [[3.0]], [[5.0]], **given).updates
    clipped = gn.explain(one_weight(), [[3.0]], [[5.0]], callbacks="clip_norm(1)", **given).updates
    length = np.hypot(6, 2)
    np.testing.assert_allclose(free["0.weights"]["total"], [[-0.6]])
    np.testing.assert_allclose(clipped["0.weights"]["total"], [[-0.6 / length]])
    np.testing.assert_allclose(clipped["0.weights"]["callbacks"], [[0.6 - 0.6 / length]])


@pytest.mark.parametrize(
    ("wanted", "other", "advice"),
    [
        (False, {"sum_m": [1.0, 2.0]}, "if it was saved with accelerators, unset GLASSNET_ACCELERATORS"),
        (True, {"mean_m": [1.0, 2.0]}, "if it was saved without accelerators, set GLASSNET_ACCELERATORS=off"),
    ],
)
def test_a_state_of_the_other_mode_is_refused_with_what_to_do(wanted, other, advice):
    gn.use_accelerators(wanted)
    try:
        with pytest.raises(gn.OptionError, match=advice):
            gn.explain(one_weight(), [[3.0]], [[5.0]], loss="mse", optimizer="adam", optimizer_state=other)
    finally:
        gn.use_accelerators(None)


def test_a_state_of_another_optimizer_is_refused():
    with pytest.raises(gn.OptionError, match="momentum keeps momentum_v"):
        gn.explain(one_weight(), [[3.0]], [[5.0]], loss="mse", optimizer="momentum", optimizer_state={"m": [1.0, 2.0]})


def test_gradients_are_those_of_finite_differences():
    net = network("dense(3) tanh batch_norm dense(1)")
    explanation = gn.explain(net, X, Y, loss="mse", optimizer="sgd")

    def loss_at(place: int, change: float) -> float:
        twin = net.copy()
        twin.flat_parameters[place] += change
        return gn.explain(twin, X, Y, loss="mse", optimizer="sgd").loss

    slopes = [(loss_at(i, 1e-6) - loss_at(i, -1e-6)) / 2e-6 for i in range(len(net.flat_parameters))]
    found = np.concatenate([gradient.ravel() for gradient in explanation.gradients.values()])
    np.testing.assert_allclose(found, slopes, atol=1e-8)
    arrived = explanation.layers[3].gradients["output"]
    np.testing.assert_allclose(arrived, 2 * (explanation.layers[3].values["output"] - Y) / 4)
    np.testing.assert_allclose(explanation.layers[3].gradients["input"], arrived @ net.parameters["3.weights"].T)
    np.testing.assert_allclose(explanation.layers[0].gradients["input"].shape, X.shape)


def test_a_layer_in_two_places_shows_the_gradient_of_each():
    layer = gn.layers.dense(2)
    net = gn.Network([layer, "tanh", layer]).build(2, seed=0, dtype="float64")
    explanation = gn.explain(net, X, np.hstack([Y, Y]), loss="mse", optimizer="sgd(lr=1)")
    first, _, second = explanation.layers
    np.testing.assert_array_equal(second.values["weights"], first.values["weights"])
    np.testing.assert_allclose(second.gradients["weights"], second.values["input"].T @ second.gradients["output"])
    both = first.gradients["weights"] + second.gradients["weights"]
    np.testing.assert_allclose(explanation.gradients["0.weights"], both)
    np.testing.assert_allclose(explanation.updates["0.weights"]["total"], -both, atol=1e-15)
    assert "2  dense(2)" in explanation.to_markdown()


def test_all_samples_of_a_split_count():
    data = gn.datasets.iris().load()
    net = gn.Network("dense(3) softmax").build(4, seed=0)
    explanation = gn.explain(net, data.train[:50], loss="cce", optimizer="sgd")
    assert explanation.layers[0].values["output"].shape == (50, 3)


@pytest.mark.parametrize("regularizer", sorted(registry.names("regularizer")))
@pytest.mark.parametrize("constraint", sorted(registry.names("constraint")))
def test_penalties_add_up_to_the_loss_and_terms_to_the_change(regularizer: str, constraint: str):
    net = gn.Network(f"dense(3, constraint={constraint}) tanh dense(1)").build(2, seed=0, dtype="float64")
    given = {"loss": "mse", "optimizer": "momentum(lr=0.5)", "regularizer": regularizer}
    explanation = gn.explain(net, X, Y, **given)
    penalties = sum(part.value for part in explanation.penalties.values())
    assert penalties == pytest.approx(explanation.penalty)
    assert float(explanation.loss_part.values["loss"]) + penalties == pytest.approx(explanation.loss, rel=1e-14)
    assert set(explanation.penalties) == {"0.weights", "2.weights"}
    for terms in explanation.updates.values():
        total = terms.pop("total")
        np.testing.assert_allclose(sum(terms.values()), total, rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize("schedule", sorted(registry.names("schedule")))
def test_the_schedule_term_makes_the_step_size_that_of_the_schedule(schedule: str):
    schedule = (registry.resolve("schedule", schedule).examples or (schedule,))[0]
    net, given = network(), {"loss": "mse", "optimizer": "sgd(lr=0.5)", "step": 4, "steps": 10}
    explanation = gn.explain(net, X, Y, schedule=schedule, **given)
    lr = gn.create("schedule", schedule).lr(4, 10, 0.5)
    assert explanation.lr == lr
    terms = explanation.updates["0.weights"]
    np.testing.assert_allclose(terms["gradient"] + terms["schedule"], -lr * explanation.gradients["0.weights"])
