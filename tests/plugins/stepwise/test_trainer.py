"""Loops of the user's own: they give the bytes of `fit`, and may differ from it where the user wants."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.registry import registry

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(50, 6)).astype("float32"), RNG.integers(0, 3, 50)
LAYERS = "dense(8) batch_norm relu dropout(0.2) dense(3) softmax"
PLAIN = {"loss": "categorical_crossentropy", "optimizer": "adam(lr=0.01)", "epochs": 3, "batch_size": 8}


def own_loop(net, x, y, **options):
    trainer = net.trainer(x, y, **options)
    for _ in trainer.epochs():
        for batch in trainer.batches():
            trainer.value_and_gradients(*batch)
            trainer.optimizer_step(lr=trainer.lr)
            trainer.metrics_step()
    return trainer


def assert_same(one, other):
    np.testing.assert_array_equal(one.flat_parameters, other.flat_parameters)
    assert one.history.epochs == other.history.epochs
    for name, branch in one.state.items():
        for key, array in branch.items():
            np.testing.assert_array_equal(array, other.state[name][key])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"metrics": "accuracy f1", "validation": 0.2, "schedule": "cosine", "seed": 4},
        {"optimizer": "ema(momentum(lr=0.05))", "schedule": "reduce_on_plateau(patience=1)", "validation": (X, Y)},
        {"optimizer": "accumulate(adam, 3)", "regularizer": "l2(0.01)"},
        {"optimizer": "muon", "callbacks": "clip_norm(0.1) early_stopping(patience=1, monitor='loss')", "epochs": 6},
        {"optimizer": "lbfgs", "batch_size": 50, "sample_weight": np.arange(50.0)},
        {"class_weight": "balanced", "metrics": ["accuracy"]},
    ],
    ids=str,
)
def test_an_own_loop_gives_the_bytes_of_fit(options):
    options = PLAIN | options
    fitted, looped = gn.Network(LAYERS), gn.Network(LAYERS)
    fitted.fit(X, Y, **options)
    own_loop(looped, X, Y, **options)
    assert_same(fitted, looped)
    assert fitted.evaluate(X, Y) == looped.evaluate(X, Y)
    # Random numbers go on as after fit.
    fitted.fit(X, Y, **options)
    looped.fit(X, Y, **options)
    assert_same(fitted, looped)


def specs_of(kind):
    for name in sorted(set(registry.names(kind))):
        for each in registry.resolve(kind, name).examples or (name,):
            yield kind, each if isinstance(each, str) else each[0]


@pytest.mark.parametrize(("kind", "spec"), [*specs_of("optimizer"), *specs_of("schedule")])
def test_every_optimizer_and_schedule_gives_the_bytes_of_fit(kind, spec):
    options = PLAIN | {"epochs": 2, "validation": 0.2, kind: spec}
    fitted, looped = gn.Network(LAYERS), gn.Network(LAYERS)
    fitted.fit(X, Y, **options)
    own_loop(looped, X, Y, **options)
    assert_same(fitted, looped)


def test_images_of_bytes_and_large_dense_layers_give_the_bytes_of_fit():
    images = RNG.integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    layers = "conv2d(4, 3) relu max_pool2d(2) flatten dense(64) relu dense(10) softmax"
    fitted, looped = gn.Network(layers), gn.Network(layers)
    fitted.fit(images, Y[:40], **PLAIN)
    own_loop(looped, images, Y[:40], **PLAIN)
    assert_same(fitted, looped)


def test_a_step_of_descent_is_that_of_the_formula():
    net = gn.Network("dense(1)").build(6, dtype="float64")
    before = np.array(net.flat_parameters)
    trainer = net.trainer(X, Y, loss="mse", optimizer="sgd(lr=0.5)", batch_size=50)
    for _ in trainer.epochs():
        for x, y in trainer.batches():
            loss, gradients = trainer.value_and_gradients(x, y)
            assert loss == pytest.approx(np.mean((x @ before[:6, None] + before[6] - y) ** 2))
            gradients["0.bias"] = [3.0]
            slope = np.array(gradients["0.weights"][:, 0])
            trainer.optimizer_step(lr=0.1)
    np.testing.assert_allclose(net.flat_parameters, before - 0.1 * np.append(slope, 3.0))


def test_a_batch_may_be_changed_replaced_or_left_out():
    net = gn.Network("dense(3) softmax")
    trainer = net.trainer(X, Y, **PLAIN | {"epochs": 1, "batch_size": 25})
    for _ in trainer.epochs():
        for number, (x, y) in enumerate(trainer.batches()):
            if number == 0:
                continue
            changed, _ = trainer.value_and_gradients(x + 1.0, y)
            other, _ = trainer.value_and_gradients([[0.0] * 6], [2])
            trainer.optimizer_step()
    assert trainer.run.step == 1
    assert changed != other == pytest.approx(np.log(3))


def test_leaving_the_loop_keeps_what_was_trained():
    net = gn.Network("dense(3) softmax")
    trainer = net.trainer(X, Y, **PLAIN | {"epochs": 10})
    for epoch in trainer.epochs():
        if epoch == 2:
            break
        for batch in trainer.batches():
            trainer.value_and_gradients(*batch)
            trainer.optimizer_step()
    assert len(net.history["loss"]) == 2


def test_a_loss_that_is_not_finite_ends_the_loop():
    net = gn.Network("dense(1)")
    with pytest.raises(gn.NonFiniteError):
        own_loop(net, X, 1e3 * X[:, :1], loss="mse", optimizer="sgd(lr=1e6)", epochs=30, batch_size=8)
    assert np.isfinite(net.flat_parameters).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folder": "runs/x"}, "save"),
        ({"los": "mse"}, "loss"),
        ({"optimizer": "adm"}, "adam"),
    ],
)
def test_wrong_options_are_one_sentence(options, message):
    with pytest.raises(gn.GlassnetError, match=message):
        gn.Network("dense(1)").trainer(X, Y, **PLAIN | options)


def test_a_batch_of_a_wrong_shape_is_one_sentence():
    trainer = gn.Network("dense(3) softmax").trainer(X, Y, **PLAIN)
    next(trainer.epochs())
    x, y = next(trainer.batches())
    with pytest.raises(gn.ShapeError, match="expected"):
        trainer.value_and_gradients(x[:, :2], y)
