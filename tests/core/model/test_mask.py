"""Masks beyond the layers: loss, metrics, batches in parts, layers of other authors, the trace and the profile."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.model.objective import Objective
from glassnet_autodiff.check_once import objective_gradients
from glassnet_parallel import microbatches as batch_parts
from glassnet_parallel.microbatches import Microbatches

X = np.array([[3, 1, 4, 2], [2, 4, 0, 0], [0, 1, 0, 3], [4, 0, 0, 0]])
REAL = X != 0
LABELS = np.array([[0, 1, 2, 0], [1, 1, 2, 2], [0, 0, 1, 2], [2, 1, 0, 1]])
TAGGER = "embedding(5, 2, padding=0) dropout(0.5) lstm(4, return_sequences=True, mask=True) dense(3) softmax"


def built(layers, shape=(4,), dtype="float64"):
    net = gn.Network(layers).build(shape, dtype=dtype)
    net.flat_parameters[:] = np.random.default_rng(1).normal(0, 0.7, net.flat_parameters.size)
    return net


def cross_entropies(net):
    """By hand: -log of the probability of the label, at each step."""
    return -np.log(np.take_along_axis(net.predict(X), LABELS[..., np.newaxis], axis=2)[..., 0])


# --- loss and metrics -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("targets", [LABELS, np.eye(3)[LABELS]], ids=["labels", "one hot"])
def test_padded_steps_have_no_part_in_loss_and_metrics(targets):
    net = built(TAGGER)

    figures = net.evaluate(X, targets, loss="cce", metrics=["accuracy"])

    assert figures["loss"] == pytest.approx(cross_entropies(net)[REAL].mean(), rel=1e-12)
    assert figures["accuracy"] == (net.predict(X).argmax(axis=2) == LABELS)[REAL].mean()


def test_the_loss_of_numbers_at_each_step_is_that_of_real_steps():
    net = built("embedding(5, 2, padding=0) gru(2, return_sequences=True, mask=True) dense(2)")
    targets = np.random.default_rng(3).normal(size=(4, 4, 2))

    figures = net.evaluate(X, targets, loss="mse", metrics=["mean_absolute_error"])

    differences = (net.predict(X) - targets)[REAL]
    assert figures["loss"] == pytest.approx((differences**2).mean(), rel=1e-12)
    assert figures["mean_absolute_error"] == pytest.approx(np.abs(differences).mean(), rel=1e-12)


def test_batches_count_by_their_real_steps():
    net = built(TAGGER)
    batches = gn.Batches([(X[:1], LABELS[:1]), (X[1:], LABELS[1:])])

    assert net.evaluate(batches, loss="cce")["loss"] == pytest.approx(cross_entropies(net)[REAL].mean(), rel=1e-12)


def test_an_epochs_loss_counts_batches_by_their_real_steps():
    net = built(TAGGER.replace("dropout(0.5) ", ""))
    expected = cross_entropies(net)[REAL].mean()

    # With steps this small, the network stays as it is over the epoch.
    options = {"optimizer": "sgd(1e-300)", "batch_size": 3, "progress": False, "metrics": ["accuracy"]}
    history = net.fit(X, LABELS, loss="cce", **options)

    assert history["loss"][0] == pytest.approx(expected, rel=1e-12)
    assert history["accuracy"][0] == pytest.approx((net.predict(X).argmax(axis=2) == LABELS)[REAL].mean())


def test_a_samples_weight_is_that_of_its_real_steps():
    net = built(TAGGER.replace("dropout(0.5) ", ""))
    weights = np.array([1.0, 2.0, 0.0, 0.5])
    by_step = np.repeat(weights, REAL.sum(axis=1))
    expected = (cross_entropies(net)[REAL] * by_step).sum() / by_step.sum()

    history = net.fit(X, LABELS, loss="cce", optimizer="sgd(1e-300)", sample_weight=weights, progress=False)

    assert history["loss"][0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 0.0, 0.5])], ids=["", "weighted"])
def test_gradients_are_those_of_real_steps(weights):
    net = built(TAGGER.replace("dropout(0.5) ", ""))
    objective = Objective(net, gn.create("loss", "cce"))
    objective_gradients(objective, X, LABELS, weights, step=0, seed=0)
    got = net.gradients.copy()
    by_step = np.repeat(np.ones(4) if weights is None else weights, REAL.sum(axis=1))

    def loss():
        return (cross_entropies(net)[REAL] * by_step).sum() / by_step.sum()

    for place in range(len(net.flat_parameters)):
        before = net.flat_parameters[place]
        slopes = []
        for moved in (before + 1e-6, before - 1e-6):
            net.flat_parameters[place] = moved
            slopes.append(loss())
        net.flat_parameters[place] = before
        assert got[place] == pytest.approx((slopes[0] - slopes[1]) / 2e-6, rel=1e-6, abs=1e-9)


def test_the_tape_and_central_differences_agree_with_a_mask_in_the_loss():
    errors = gn.check_gradients(built(TAGGER), X, LABELS, "cce")

    assert max(errors.values()) <= 1e-6


def test_targets_that_are_not_given_step_by_step_are_left_alone():
    class MeanOverSteps(gn.Loss):
        """Squared error of the mean over all time steps."""

        def prepare_targets(self, y, output_shape, dtype):
            return y.astype(dtype)

        def per_sample(self, y_pred, y_true):
            return (y_pred.mean(axis=(1, 2)) - y_true) ** 2

        def backward(self, y_pred, y_true):
            slope = 2 * (y_pred.mean(axis=(1, 2)) - y_true) / len(y_true) / y_pred[0].size
            return np.broadcast_to(slope[:, None, None], y_pred.shape)

    net = built("embedding(5, 2, padding=0) lstm(3, return_sequences=True, mask=True)")

    got = net.evaluate(X, np.arange(4.0), loss=MeanOverSteps())["loss"]

    assert got == pytest.approx(((net.predict(X).mean(axis=(1, 2)) - np.arange(4)) ** 2).mean(), rel=1e-12)


def test_a_batch_of_nothing_but_padding_counts_nothing_and_changes_nothing():
    net = built(TAGGER.replace("dropout(0.5) ", ""))
    expected = cross_entropies(net)[0].mean()
    objective = Objective(net, gn.create("loss", "cce"))
    batches = gn.Batches([(X[:1], LABELS[:1]), (0 * X[:1], LABELS[:1])])

    loss, _ = objective_gradients(objective, 0 * X, LABELS, None, step=0, seed=0)

    assert loss == 0
    assert not net.gradients.any()
    assert net.evaluate(batches, loss="cce")["loss"] == pytest.approx(expected, rel=1e-12)


# --- how it travels ---------------------------------------------------------------------------------------------


def test_a_batch_in_parts_has_the_masks_of_its_parts(monkeypatch):
    layers = TAGGER.replace("dropout(0.5)", "relu")
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 5, (23, 4)), rng.integers(0, 3, (23, 4))
    objective = Objective(built(layers), gn.create("loss", "cce"))
    whole = objective_gradients(objective, x, y, None, step=0, seed=0)
    gradients = objective.network.gradients.copy()
    monkeypatch.setattr(batch_parts, "_NUMBERS", 200)
    monkeypatch.setattr(batch_parts, "_NUMBERS_A_GRADIENT", 0)
    assert objective.parts.count(objective.sequence, 23) > 3

    in_parts = objective_gradients(objective, x, y, None, step=0, seed=0)

    assert in_parts[0] == pytest.approx(whole[0], rel=1e-12)
    np.testing.assert_allclose(in_parts[1], whole[1], rtol=1e-12)
    np.testing.assert_allclose(objective.network.gradients, gradients, rtol=1e-10, atol=1e-14)


def test_zero_rows_of_the_input_are_padding_in_each_part(monkeypatch):
    x = np.random.default_rng(5).normal(size=(23, 4, 2))
    x[::2, 2:] = 0
    objective = Objective(built("dense(2) lstm(3, mask=True)", (4, 2)), gn.create("loss", "mse"))
    whole = objective_gradients(objective, x, np.ones((23, 3)), None, step=0, seed=0)[1].copy()
    monkeypatch.setattr(Microbatches, "count", lambda *_: 5)

    in_parts = objective_gradients(objective, x, np.ones((23, 3)), None, step=0, seed=0)[1]

    np.testing.assert_allclose(in_parts, whole, rtol=1e-12)


def test_predictions_in_blocks_are_those_of_one_sample():
    net = built("embedding(5, 2, padding=0) relu gru(3, mask=True)")
    x = np.random.default_rng(5).integers(0, 5, (1100, 4))

    one_by_one = np.concatenate([net.predict(x[row : row + 1]) for row in (0, 511, 512, 1099)])

    np.testing.assert_allclose(net.predict(x)[[0, 511, 512, 1099]], one_by_one, rtol=1e-12, atol=1e-15)


class Shifted(gn.Layer):
    """Adds a number to all features; its derivative is found from its forward."""

    formula = "y = x + 1"

    def forward(self, params, x, ctx):
        return x + 1, None


class Reversed(gn.Layer):
    """The steps in reverse order, and their mask too."""

    formula = "y[t] = x[-1 - t]"
    keeps_steps = False

    def forward(self, params, x, ctx):
        if ctx.mask is not None:
            ctx.mask = ctx.mask[:, ::-1]
        return x[:, ::-1], None

    def backward(self, params, cache, dy, grads, ctx):
        return dy[:, ::-1]


class Reverses(Reversed):
    """The steps in reverse order, without a word on their mask."""

    def forward(self, params, x, ctx):
        return x[:, ::-1], None


class Looped(gn.Layer):
    """Runs the layers that it holds by itself, and has no derivative of its own."""

    layers: tuple[gn.Layer, ...] = gn.option(kind="layer", many=True, help="what is run")
    formula = "y = f_n(… f_1(x))"

    def output_shape(self, shape):
        return gn.LayerSequence(self.layers).output_shape(shape)

    def parameters(self, shape):
        return gn.LayerSequence(self.layers).parameters(shape)

    def forward(self, params, x, ctx):
        for number, layer in enumerate(self.layers):
            x, _ = layer.as_layer().forward(params.get(str(number), {}), x, ctx.child(str(number)))
        return x, None


def test_a_layer_of_another_author_passes_the_mask_on():
    plain = built("embedding(5, 2, padding=0) lstm(3, mask=True)")
    net = built(["embedding(5, 2, padding=0)", Shifted(), "lstm(3, mask=True)"])
    features = plain.parameters["0.weights"][X] + 1
    for row, real in enumerate(REAL):
        own = gn.Network("lstm(3)").build((real.sum(), 2), dtype="float64")
        own.flat_parameters[:] = net.flat_parameters[10:]
        expected = own.predict(features[row : row + 1, real])
        np.testing.assert_allclose(net.predict(X[row : row + 1]), expected, rtol=1e-12)
    assert max(gn.check_gradients(net, X, np.ones((4, 3)), "mse").values()) <= 1e-6


def test_a_layer_that_moves_steps_can_move_the_mask():
    net = built(["embedding(5, 2, padding=0)", Reversed(), "dense(2)", "lstm(3, mask=True)"])
    forwards = built("embedding(5, 2, padding=0) dense(2) lstm(3, mask=True)")

    np.testing.assert_allclose(net.predict(X), forwards.predict(X[:, ::-1]), rtol=1e-12)


def test_a_layer_that_does_not_keep_steps_drops_the_mask():
    net = built(["embedding(5, 2, padding=0)", Reverses(), "lstm(3, mask=True)"])

    with pytest.raises(gn.OptionError, match="no mask of padded steps reaches it"):
        net.predict(X)


class ReversesByForwardAlone(gn.Layer):
    """The steps in reverse order; the derivative is found from forward."""

    formula = "y[t] = x[-1 - t]"
    keeps_steps = False

    def forward(self, params, x, ctx):
        return x[:, ::-1], None


def test_a_derived_layer_keeps_steps_if_its_author_says_so():
    net = built(["embedding(5, 2, padding=0)", ReversesByForwardAlone(), "lstm(3, mask=True)"])

    with pytest.raises(gn.OptionError, match="no mask of padded steps reaches it"):
        net.predict(X)


def test_a_pass_begins_without_the_mask_of_the_pass_before():
    net = built("embedding(5, 2, padding=0) relu")
    masks = []
    for _ in range(2):
        with net.workspace(training=False) as ctx:
            masks.append(ctx.mask)
            net.sequence.forward(net.parameter_views, X, ctx)
            masks.append(ctx.mask)

    assert masks[0] is masks[2] is None
    np.testing.assert_array_equal(masks[1], REAL)


@pytest.mark.parametrize("reader", ["lstm(3, mask=True)", "gru(3, return_sequences=True, mask=True)"])
def test_layers_that_hold_layers_hand_the_mask_to_them(reader):
    with gn.registered("layer", "looped", Looped):
        net = built(["embedding(5, 2, padding=0)", Looped(["dense(2)", "relu", reader])])
        same = built(f"embedding(5, 2, padding=0) dense(2) relu {reader}")

        np.testing.assert_allclose(net.predict(X), same.predict(X), rtol=1e-12)
        assert max(gn.check_gradients(net, X, np.ones((4, *net.output_shape)), "mse").values()) <= 1e-6


def test_a_derived_backward_has_the_mask_of_its_own_forward():
    with gn.registered("layer", "looped", Looped):
        looped = Looped(["gru(2, return_sequences=True, mask=True)"])
        layers = ["embedding(5, 2, padding=0)", looped, "tanh", Looped(["masking(0.3)", "lstm(2, mask=True)"])]
        net = built(layers)

        assert max(gn.check_gradients(net, X, np.ones((4, 2)), "mse").values()) <= 1e-6


# --- trace and profile ------------------------------------------------------------------------------------------


def test_a_trace_has_the_loss_and_the_gradients_of_the_network():
    net = built(TAGGER)
    trace = net.trace(X, LABELS, "cce", training=False)
    objective = Objective(net, gn.create("loss", "cce"))

    assert trace.loss == pytest.approx(cross_entropies(net)[REAL].mean(), rel=1e-12)
    untrained = net.trace(X, LABELS, "cce", training=True, seed=4)
    objective_gradients(objective, X, LABELS, None, step=0, seed=4)
    for name, gradient in net.layout.named(net.gradients).items():
        np.testing.assert_allclose(untrained.nodes[name].gradient, gradient, rtol=1e-9, atol=1e-12)


ROWS = np.random.default_rng(6).normal(size=(4, 4, 2)) * REAL[..., np.newaxis]


@pytest.mark.parametrize(("layers", "x"), [(TAGGER, X), ("dropout(0.5) gru(2, mask=True) dense(3) softmax", ROWS)])
def test_a_profiled_run_is_the_same_run(layers, x):
    y, ends = LABELS if x is X else LABELS[:, 0], []
    for callbacks in ([], ["profile"]):
        net = gn.Network(layers).build(x.shape[1:], seed=1)
        net.fit(x, y, loss="cce", optimizer="adam", epochs=3, callbacks=callbacks, progress=False, batch_size=2)
        ends.append(net.flat_parameters.tobytes())
    assert ends[0] == ends[1]


def test_gradients_and_trace_of_features_with_zero_rows_agree():
    x = np.random.default_rng(6).normal(size=(4, 4, 2))
    x[~REAL] = 0
    net = built("dense(3) lstm(3, mask=True, return_sequences=True) dense(2)", (4, 2))
    targets = np.random.default_rng(3).normal(size=(4, 4, 2))

    assert max(gn.check_gradients(net, x, targets, "mse").values()) <= 1e-6
    assert net.trace(x, targets, "mse").loss == pytest.approx(((net.predict(x) - targets)[REAL] ** 2).mean(), rel=1e-12)


@pytest.mark.parametrize("wrong", [np.ones((4, 3), bool), np.ones((4, 4)), np.ones((4, 4, 2, 1), bool)])
def test_a_mask_that_is_not_one_is_an_error_that_names_the_layer(wrong):
    class Marks(gn.Layer):
        """Makes a mask that does not fit."""

        def forward(self, params, x, ctx):
            ctx.mask = wrong
            return x, None

    with (
        gn.registered("layer", "marks", Marks),
        pytest.raises(
            gn.ShapeError, match=r"marks\)? made a mask of shape \(4, .* output of shape \(4, 4, 2\); make it"
        ),
    ):
        built([Marks(), "lstm(2)"], (4, 2)).predict(np.ones((4, 4, 2)))
