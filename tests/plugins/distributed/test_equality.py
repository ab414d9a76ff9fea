"""N ranks with batches of B compute what one process computes with batches of N·B, and stay equal to each other."""

from functools import partial

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(101, 6)).astype(np.float64)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
WEIGHTS = np.random.default_rng(1).random(101)
LAYERS = "dense(8) tanh dense(2) softmax"
COMMON = {"loss": "categorical_crossentropy", "epochs": 3, "progress": False, "seed": 4}


def train(layers=LAYERS, size=1, together=24, x=X, y=Y, **options):
    """Return a network in float64 and its history; `size` ranks share batches of `together` samples."""
    net = gn.Network(layers).build(np.shape(x)[1:], seed=4, dtype="float64")
    given = {**COMMON, "optimizer": "sgd(lr=0.1)", "batch_size": together // size, **options}
    history = net.fit(x, y, distributed=size > 1, **given)
    return net, history


def compare(share, size, layers=LAYERS, rtol=1e-9, **options):
    """Hold the ranks against each other and against one process."""
    alone, expected = train(layers, **options)
    shared = share(size, lambda ranks: train(layers, size, **options))
    for net, history in shared:
        assert net.flat_parameters.tobytes() == shared[0][0].flat_parameters.tobytes()
        assert history.epochs == shared[0][1].epochs
    net, history = shared[0]
    np.testing.assert_allclose(net.flat_parameters, alone.flat_parameters, rtol=rtol, atol=1e-12)
    for name in expected:
        np.testing.assert_allclose(history[name], expected[name], rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_ranks_compute_what_one_process_does(share, size):
    compare(share, size, metrics=["accuracy"], validation=0.2)


@pytest.mark.parametrize(
    "optimizer",
    ["adam", "accumulate(adam, 2)", "ema(adam)", "lbfgs(lr=1.0)", "muon", "momentum"],
)
def test_every_kind_of_optimizer_gets_the_gradient_of_all(share, optimizer):
    compare(share, 2, optimizer=optimizer, rtol=1e-6)


def test_sample_weights_and_short_batches_count_as_they_should(share):
    compare(share, 2, sample_weight=WEIGHTS, metrics=["accuracy"])
    compare(share, 3, sample_weight=WEIGHTS, class_weight="balanced")


# Of two ranks with 3 of 6 samples, some of which weigh nothing: in some steps all of those of one rank.
MANY_ZEROS = np.where(np.random.default_rng(5).random(101) < 0.6, 0.0, WEIGHTS)


@pytest.mark.parametrize("layers", [LAYERS, "dense(8) batch_norm(synchronize=True) relu dense(2) softmax"])
def test_samples_of_a_rank_that_all_weigh_nothing(share, layers):
    options = {"sample_weight": MANY_ZEROS, "metrics": ["f1", "recall"], "regularizer": "l2(0.01)", "together": 6}
    compare(share, 2, layers, **options)
    compare(share, 4, layers, x=X[:26], y=Y[:26], **(options | {"sample_weight": MANY_ZEROS[:26], "together": 12}))


def test_a_rank_without_samples_takes_part_in_the_step(share):
    compare(share, 4, x=X[:26], y=Y[:26], metrics=["accuracy", "confusion_matrix"])


def test_metrics_whose_totals_cannot_be_added_are_joined(share):
    compare(share, 2, metrics=["auc", "accuracy"], validation=0.3)
    values = X[:, :1] * 2 + 1
    options = {"y": values, "loss": "mean_squared_error", "metrics": ["r2", "mae"]}
    compare(share, 3, "dense(1)", validation=(X, values), **options)


class LargestError(gn.Metric):
    """The largest error, which cannot be added up."""

    higher_is_better = False

    def reset(self):
        self._largest = 0.0

    def update(self, y_true, y_pred):
        self._largest = max(self._largest, float(np.abs(y_pred - y_true).max(initial=0)))

    def compute(self):
        return self._largest


def test_a_metric_that_cannot_be_merged_counts_the_samples_of_all(share):
    values = X[:, :1] * 2 + 1
    options = {"y": values, "loss": "mean_squared_error", "metrics": [LargestError(), "mae"]}
    compare(share, 3, "dense(1)", validation=(X, values), **options)
    compare(share, 4, "dense(1)", x=X[:26], **(options | {"y": values[:26]}))


def test_clip_norm_looks_at_the_gradient_of_all_ranks(share):
    compare(share, 2, callbacks=["clip_norm(0.05)"])


def test_penalties_and_frozen_layers_are_counted_once(share):
    compare(share, 2, "dense(8, trainable=False) tanh dense(2) softmax", regularizer="l2(0.01)")


def test_padded_time_steps_weigh_nothing(share):
    x = np.random.default_rng(2).normal(size=(30, 5, 3))
    for row, length in enumerate(np.random.default_rng(3).integers(1, 6, 30)):
        x[row, length:] = 0
    options = {"x": x, "y": np.cumsum(x, axis=1)[:, :, :1], "loss": "mean_squared_error", "metrics": ["mae"]}
    compare(share, 2, "masking gru(4, return_sequences=True) dense(1)", together=8, **options)


def test_synchronized_batch_norm_is_that_of_one_batch(share):
    norm = "batch_norm(synchronize=True)"
    compare(share, 2, f"dense(8) {norm} relu residual([{norm}, dense(8)]) dense(2) softmax", sample_weight=WEIGHTS)


def test_the_state_of_batch_norm_is_the_same_on_all_ranks(share):
    layers = "dense(8) batch_norm relu dense(2) softmax"
    one, other = (net.state["1"] for net, _ in share(2, lambda ranks: train(layers, 2)))
    assert one["running_mean"].tobytes() == other["running_mean"].tobytes()
    assert one["running_variance"].tobytes() == other["running_variance"].tobytes()


class Drawn(gn.Callback):
    """Keeps the first numbers that callbacks, and layers, are given in a run."""

    def on_batch_end(self, run):
        memory = run.state_of(self)
        if run.step == 1:
            DRAWN.append((run.rng.random(), run.evaluation.context.child("9").rng.random()))
        memory.seen = True


DRAWN: list = []


def test_dropout_and_augmentation_differ_by_rank(share):
    DRAWN.clear()
    share(3, lambda ranks: train("dense(8) dropout(0.5) dense(2) softmax", 3, callbacks=[Drawn()]))
    assert len({callbacks for callbacks, _ in DRAWN}) == 3
    assert len({layers for _, layers in DRAWN}) == 3
    kept = list(DRAWN)
    DRAWN.clear()
    share(3, lambda ranks: train("dense(8) dropout(0.5) dense(2) softmax", 3, callbacks=[Drawn()]))
    assert sorted(DRAWN) == sorted(kept)  # they come from the seed


def test_rank_0_draws_the_numbers_of_one_process(share):
    DRAWN.clear()
    train(callbacks=[Drawn()])
    share(2, lambda ranks: train(size=2, callbacks=[Drawn()] if ranks.rank == 0 else []))
    assert DRAWN[0] == DRAWN[1]


class StopAfterOne(gn.Callback):
    """Stops after an epoch."""

    def should_stop(self, run):
        return True


def test_rank_0_decides_when_to_stop(share):
    def stopping(ranks, by):
        return len(train(size=2, callbacks=[StopAfterOne()] if ranks.rank == by else [])[1].epochs)

    with pytest.raises(gn.OptionError, match="rank 1 has callbacks"):
        share(2, lambda ranks: stopping(ranks, by=0))
    early = share(2, lambda ranks: train(size=2, epochs=40, optimizer="sgd(lr=3.0)", validation=0.2,
                                         callbacks=["early_stopping(patience=1)"]))  # fmt: skip
    assert len({len(history.epochs) for _, history in early}) == 1
    assert early[0][0].flat_parameters.tobytes() == early[1][0].flat_parameters.tobytes()


def test_rank_0_alone_writes(share, tmp_path):
    folders = []

    class Folder(gn.Callback):
        """Notes the folder of the run."""

        def on_run_end(self, run):
            folders.append(run.folder)

    options = {"folder": tmp_path / "run", "callbacks": [f"csv_history({str(tmp_path / 'h.csv')!r})", Folder()]}
    share(2, lambda ranks: train(size=2, **options))
    assert sorted(map(str, folders)) == sorted(["None", str(tmp_path / "run")])
    assert (tmp_path / "h.csv").read_text().count("\n") == 4
    assert (tmp_path / "run" / "environment.json").read_text().count('"ranks": 2') == 1


def test_ranks_that_drift_apart_are_told(share):
    class Drift(gn.Callback):
        """Moves a parameter of one rank."""

        def on_batch_end(self, run):
            run.network.flat_parameters[0] += run.data.ranks.rank

    with pytest.raises(gn.GlassnetError, match="different parameters after epoch 1"):
        share(2, lambda ranks: train(size=2, callbacks=[Drift()]))


def test_prediction_and_evaluation_are_divided(share):
    net, _ = train()
    expected, figures = net.predict(X), net.evaluate(X, Y, metrics=["accuracy"])
    for size in (2, 3):
        outputs = share(size, lambda ranks: gn.distributed.predict(net, X))
        assert all(each.tobytes() == outputs[0].tobytes() for each in outputs)
        np.testing.assert_allclose(outputs[0], expected, rtol=1e-12)
        for told in share(size, lambda ranks: gn.distributed.evaluate(net, X, Y, metrics=["accuracy"])):
            assert told == pytest.approx(figures, rel=1e-12)
    np.testing.assert_allclose(share(4, lambda ranks: gn.distributed.predict(net, X[:3]))[3], expected[:3], rtol=1e-12)


@pytest.mark.parametrize("size", [2, 3])
def test_ranks_predict_the_bytes_of_one_process(share, size):
    net = gn.Network("dense(16) relu dense(10) softmax").build(64, seed=0)
    x = np.random.default_rng(0).normal(size=(1_031, 64)).astype(np.float32)
    for few in (x[:7], x):
        expected = net.predict(few).tobytes()
        assert [each.tobytes() for each in share(size, partial(_predict, net, few))] == [expected] * size


def _predict(net, x, ranks):
    return gn.distributed.predict(net, x)
