"""The training loop: what is reported, what is repeated, what stays apart."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.training.run import Run

SEED = 5


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 4)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def trained(data, seed=SEED, layers="dense(8) tanh dropout(0.2) dense(2) softmax", **options):
    net = gn.Network(layers)
    options = {"loss": "cce", "optimizer": "adam(lr=0.01)", "epochs": 3, "batch_size": 8, **options}
    history = net.fit(*data, seed=seed, **options)
    return net, history


def test_equal_seeds_give_identical_bytes_and_others_do_not(data, tmp_path):
    files = [tmp_path / name for name in ("one", "same", "other")]
    for seed, file in zip((1, 1, 2), files, strict=True):
        trained(data, seed, validation=0.2)[0].save(file)
    one, same, other = (file.read_bytes() for file in files)
    assert one == same
    assert one != other


def test_gradient_descent_by_hand(data):
    """Two full-batch steps of a linear model: w -= lr * 2/n * x' (x w - y), written out in float64."""
    x = data[0].astype(np.float64)
    y = x @ np.array([1.0, -2.0, 0.5, 0.0])[:, None]
    net = gn.Network(["dense(1, weight_init=zeros, bias=False)"]).build((4,), dtype="float64")
    history = net.fit(x, y, loss="mse", optimizer="sgd(lr=0.1)", epochs=2, batch_size=50)
    w = np.zeros((4, 1))
    losses = []
    for _ in range(2):
        losses.append(np.mean((x @ w - y) ** 2))
        w -= 0.1 * 2 / 50 * x.T @ (x @ w - y)
    np.testing.assert_allclose(net.parameters["0.weights"], w, rtol=1e-12)
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-12)


def test_a_short_last_batch_counts_by_its_samples():
    """10 samples in batches of 4, 4 and 2; the step size is so small that the network stands still."""
    y = np.arange(10.0)[:, None]
    net = gn.Network(["dense(1, weight_init=zeros)"]).build((1,), dtype="float64")
    history = net.fit(
        np.ones((10, 1)), y, loss="mse", optimizer="sgd(lr=1e-12)", batch_size=4, metrics=["mean_absolute_error"]
    )
    assert history["loss"][0] == pytest.approx(np.mean(y**2), rel=1e-9)
    assert history["mean_absolute_error"][0] == pytest.approx(4.5, rel=1e-9)


def test_the_penalty_is_in_the_reported_loss(data):
    x, y = data
    plain = gn.Network("dense(2, weight_init=ones) softmax").build((4,), dtype="float64")
    penalised = gn.Network("dense(2, weight_init=ones, regularizer=l2(0.01)) softmax").build((4,), dtype="float64")
    without, with_penalty = (
        net.fit(x, y, loss="cce", optimizer="sgd(lr=1e-12)", batch_size=50) for net in (plain, penalised)
    )
    # 8 weights of 1: 0.01 * 8.
    assert with_penalty["loss"][0] - without["loss"][0] == pytest.approx(0.08, rel=1e-9)
    assert penalised.evaluate(x, y)["loss"] - plain.evaluate(x, y)["loss"] == pytest.approx(0.08, rel=1e-9)


def test_the_networks_penalty_yields_to_a_layers_own(data):
    x, y = data
    net = gn.Network("dense(3, weight_init=ones, regularizer=l2(0.5)) tanh dense(2, weight_init=ones) softmax").build(
        (4,)
    )
    net.parameters["0.bias"][:] = 7
    net.fit(x, y, loss="cce", optimizer="sgd(lr=1e-12)", batch_size=50, regularizer="l1(0.1)")
    without_penalty = -np.mean(np.log(net.predict(x)[np.arange(50), y]))
    # 12 weights at 0.5 each and 6 at 0.1 each.
    assert net.evaluate(x, y)["loss"] - without_penalty == pytest.approx(0.5 * 12 + 0.1 * 6, rel=1e-5)


def test_the_penalty_pulls_the_weights(data):
    """One step of pure penalty: the loss is flat where its inputs are zero."""
    x = np.zeros((4, 3))
    net = gn.Network(["dense(2, weight_init=ones, bias=False)"]).build((3,), dtype="float64")
    net.fit(x, np.zeros((4, 2)), loss="mse", optimizer="sgd(lr=0.1)", batch_size=4, regularizer="l2(0.25)")
    # d/dw 0.25 w^2 = 0.5 w; 1 - 0.1 * 0.5.
    np.testing.assert_allclose(net.parameters["0.weights"], 0.95, rtol=1e-12)


def test_held_out_samples_are_never_trained_on():
    x = np.arange(40.0).reshape(40, 1)
    for seed in range(5):
        seen = []

        class Recorder(gn.Callback):
            def on_batch_end(self, run: Run, seen=seen):
                seen.append(np.array(run.batch[0]))

        options = {"epochs": 2, "batch_size": 8, "validation": 0.25, "seed": seed, "callbacks": [Recorder()]}
        gn.Network(["dense(1)"]).fit(x, x, loss="mse", optimizer="sgd(lr=1e-9)", **options)
        per_epoch = np.concatenate(seen).reshape(2, -1)
        assert per_epoch.shape == (2, 30)
        # Both epochs see the same 30 samples, each once: the other 10 are never trained on.
        assert set(per_epoch[0]) == set(per_epoch[1])
        assert len(set(per_epoch[0])) == 30
        assert not np.array_equal(per_epoch[0], per_epoch[1])


def test_validation_figures_are_those_of_the_given_split(data):
    x, y = data
    net, history = trained((x[:30], y[:30]), validation=(x[30:], y[30:]), metrics=["accuracy"])
    assert history["val_loss"][-1] == pytest.approx(net.evaluate(x[30:], y[30:])["loss"], rel=1e-12)
    assert history["val_accuracy"][-1] == np.mean(net.predict(x[30:]).argmax(axis=1) == y[30:])


def test_dropout_is_not_active_in_predict_evaluate_and_validation(data):
    x, y = data
    net, history = trained(data, layers="dropout(0.9) dense(2) softmax", validation=(x, y))
    p = net.parameters
    logits = x @ p["1.weights"] + p["1.bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(net.predict(x), expected, rtol=1e-5)
    loss = -np.mean(np.log(expected[np.arange(50), y]))
    assert net.evaluate(x, y)["loss"] == pytest.approx(loss, rel=1e-5)
    assert history["val_loss"][-1] == pytest.approx(loss, rel=1e-5)


def test_fit_continues_and_build_starts_anew(data):
    net, _ = trained(data)
    after_first = net.flat_parameters.copy()
    net.fit(*data, loss="cce", optimizer="sgd(lr=1e-12)", seed=SEED)
    np.testing.assert_allclose(net.flat_parameters, after_first, atol=1e-6)
    net.build((4,), seed=SEED)
    assert not np.allclose(net.flat_parameters, after_first)


def test_the_schedule_sets_every_step():
    steps = []

    class Spy(gn.Schedule):
        def lr(self, step, total_steps, base_lr):
            steps.append((step, total_steps, base_lr))
            return 0.5 if step == 0 else 0.0

    x = np.ones((4, 1))
    net = gn.Network(["dense(1, weight_init=zeros, bias=False)"]).build((1,), dtype="float64")
    net.fit(x, x, loss="mse", optimizer="sgd(lr=9)", schedule=Spy(), epochs=2, batch_size=2)
    assert [step for step, _, _ in steps] == [0, 1, 2, 3]
    assert {(total, base) for _, total, base in steps} == {(4, 9.0)}
    # One step of 0.5 along the gradient 2 (w - 1) from w = 0, and none after it.
    np.testing.assert_allclose(net.parameters["0.weights"], 1.0, rtol=1e-12)


def test_train_step_of_a_callback_replaces_the_ordinary_one(data):
    class Twice(gn.Callback):
        def train_step(self, run: Run):
            run.compute_gradients()
            run.network.gradients *= 2
            loss = run.compute_gradients()
            run.network.gradients *= 2
            run.update()
            return loss

    x, y = data
    results = []
    for lr, callbacks in (("0.2", []), ("0.1", [Twice()])):
        net = gn.Network("dense(2) softmax").build((4,), dtype="float64")
        net.fit(x, y, loss="cce", optimizer=f"sgd(lr={lr})", batch_size=25, callbacks=callbacks)
        results.append(net.flat_parameters)
    np.testing.assert_allclose(*results, rtol=1e-12)


def test_gradients_can_be_clipped_before_the_optimizer_reads_them(data):
    class Clip(gn.Callback):
        def on_after_backward(self, run: Run):
            run.network.gradients[:] = 1

    net = gn.Network("dense(2, weight_init=zeros) softmax").build((4,), dtype="float64")
    net.fit(*data, loss="cce", optimizer="sgd(lr=0.5)", batch_size=50, callbacks=[Clip()])
    np.testing.assert_array_equal(net.flat_parameters, -0.5)


def test_a_loss_that_is_not_finite_is_never_silent(data):
    net = gn.Network("dense(8) relu dense(1)")
    with pytest.raises(gn.NonFiniteError, match=r"in epoch 1, .*lower the"):
        net.fit(*data, loss="mse", optimizer="sgd(lr=1e30)")
    with pytest.warns(gn.GlassnetWarning, match="the loss is .* in epoch 1; lower the"):
        net.fit(*data, loss="mse", optimizer="sgd(lr=1e30)", on_divergence="continue")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs must be >= 1 .got 0"),
        ({"batch_size": 0}, "batch_size must be >= 1 .got 0"),
        ({"seed": -1}, "seed must be >= 0 .got -1"),
        ({"validation": 1.5}, "validation must be > 0 and < 1 .got 1.5"),
        ({"validation": 0.001}, "leaves 50 to train on and 0 to validate"),
        ({"optimizer": "admm"}, "unknown optimizer 'admm'"),
        ({"metrics": 7}, "metrics must be a list"),
        ({"loss": "adam"}, "unknown loss 'adam'"),
    ],
)
def test_wrong_options_say_what_is_wrong_and_train_nothing(data, change, message):
    net = gn.Network("dense(2) softmax").build((4,))
    before = net.flat_parameters.copy()
    with pytest.raises(gn.GlassnetError, match=message):
        net.fit(*data, **{"loss": "cce", "optimizer": "adam", **change})
    np.testing.assert_array_equal(net.flat_parameters, before)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((0, 4)), np.zeros(0, int), r"x is empty .shape \(0, 4\)."),
        (np.zeros((3, 4)), np.zeros(2, int), "x has 3 samples and y has 2"),
        (np.full((3, 4), np.nan), np.zeros(3, int), r"x has nan at sample 0, position \(0,\)"),
        (np.zeros((3, 5)), np.zeros(3, int), r"expected \(batch, 4\), got \(3, 5\)"),
        (np.zeros((3, 4)), np.array([0, 1, 2]), "2"),
        (np.array([["a"] * 4]), np.zeros(1, int), "element type <U1"),
        ([[1.0, 2.0], [1.0]], np.zeros(2, int), "x is ragged"),
    ],
)
def test_data_that_cannot_be_trained_on_are_refused(x, y, message):
    net = gn.Network("dense(2) softmax").build((4,))
    with pytest.raises(gn.GlassnetError, match=message):
        net.fit(x, y, loss="cce", optimizer="adam")


def test_infinite_targets_are_refused():
    net = gn.Network("dense(1)").build((1,))
    with pytest.raises(gn.DataError, match="y has inf at sample 1"):
        net.fit(np.zeros((2, 1)), np.array([0, np.inf]), loss="mse", optimizer="adam")


def test_ctrl_c_leaves_a_folder_with_history_and_the_last_weights(data, tmp_path):
    class Interrupt(gn.Callback):
        def on_batch_end(self, run: Run):
            if run.epoch == 1:
                raise KeyboardInterrupt

    net = gn.Network("dense(2) softmax")
    with pytest.raises(KeyboardInterrupt):
        net.fit(*data, loss="cce", optimizer="adam", epochs=3, folder=tmp_path / "run", callbacks=[Interrupt()])
    assert (tmp_path / "run" / "history.csv").read_text().splitlines()[1].startswith("1,")
    np.testing.assert_array_equal(gn.load(tmp_path / "run" / "model.safetensors").flat_parameters, net.flat_parameters)
    assert not list((tmp_path / "run").glob(".*"))
