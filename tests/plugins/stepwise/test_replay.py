"""Recorded runs at any step, and branches of them, beside runs that were broken off at that step."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 4)), RNG.integers(0, 3, 40)
OPTIONS = {
    "loss": "categorical_crossentropy",
    "optimizer": "adam(lr=0.01)",
    "epochs": 4,
    "batch_size": 8,
    "metrics": "accuracy",
    "validation": 0.2,
    "schedule": "cosine",
    "callbacks": "clip_norm(0.5) early_stopping(patience=9)",
    "seed": 3,
}
STEPS_AN_EPOCH = 4


class Keep(gn.Callback):
    """Keeps the parameters before each step."""

    kept: Any = gn.option(help="where")

    def on_batch_start(self, run):
        self.kept[run.step] = np.array(run.network.flat_parameters), run.batch


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "a"
    net = gn.Network("dense(8) batch_norm relu dropout(0.3) dense(3) softmax")
    net.fit(X, Y, folder=folder, **OPTIONS)
    return folder, net


@pytest.fixture(scope="module")
def kept():
    """Return the parameters and the batch before each step, from the same training without a folder."""
    kept: dict = {}
    net = gn.Network("dense(8) batch_norm relu dropout(0.3) dense(3) softmax")
    callbacks = [gn.callbacks.clip_norm(0.5), gn.callbacks.early_stopping(patience=9), Keep(kept)]
    net.fit(X, Y, **OPTIONS | {"callbacks": callbacks})
    return kept


@pytest.mark.parametrize("step", [0, 1, 3, 4, 6, 11, 15])
def test_a_replayed_run_is_where_it_was(recorded, kept, step):
    then = gn.replay(recorded[0], step, X, Y)
    parameters, (x, y) = kept[step]
    np.testing.assert_array_equal(then.network.flat_parameters, parameters)
    np.testing.assert_array_equal(then.batch[0], x)
    np.testing.assert_array_equal(then.batch[1], y)
    assert (then.step, then.epoch) == (step, max(step - 1, 0) // STEPS_AN_EPOCH)


@pytest.mark.parametrize("step", [0, 6, 15])
def test_the_next_step_is_explained_with_momentum_and_schedule(recorded, step):
    before, after = (gn.replay(recorded[0], each, X, Y).network for each in (step, step + 1))
    updates = gn.replay(recorded[0], step, X, Y).explain().updates
    for name in ("0.weights", "4.bias"):
        change = after.parameters[name].astype(float) - before.parameters[name]
        np.testing.assert_allclose(updates[name]["total"], change, rtol=1e-3, atol=2e-7)


def test_the_last_step_is_taken_from_the_last_state(recorded):
    folder, net = recorded
    then = gn.replay(folder, 16, X, Y)
    np.testing.assert_array_equal(then.network.flat_parameters, net.flat_parameters)
    assert then.history.epochs == net.history.epochs
    with pytest.raises(gn.OptionError, match="no batch"):
        _ = then.batch


@pytest.mark.parametrize("step", [0, 5, 8])
def test_an_unchanged_branch_ends_with_the_bytes_of_the_run(recorded, step):
    folder, net = recorded
    branch = gn.replay(folder, step, X, Y).fork()
    np.testing.assert_array_equal(branch.network.flat_parameters, net.flat_parameters)
    assert branch.history.epochs == net.history.epochs


def test_a_branch_goes_on_with_other_options_and_is_compared(recorded):
    folder, net = recorded
    then = gn.replay(folder, 5, X, Y)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    other = then.fork(optimizer="sgd(lr=0.1)", schedule=None, epochs=6, metrics=["accuracy", "f1"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert len(other.history["loss"]) == 6
    assert other.history.epochs[0] == net.history.epochs[0]
    table = then.compare(other)
    rows = {(row["epoch"], row["figure"]): row for row in table.figures}
    assert min(epoch for epoch, _ in rows) == 2
    assert rows[3, "loss"]["recorded"] == net.history["loss"][2]
    assert rows[3, "loss"][other.title] == other.history["loss"][2]
    assert rows[6, "loss"]["recorded"] is None
    w, v = net.parameters["0.weights"], other.network.parameters["0.weights"]
    distance = next(row for row in table.distances if row["parameter"] == "0.weights")[other.title]
    assert distance == pytest.approx(np.linalg.norm(w - v) / np.linalg.norm(w))
    assert "after step 5" in repr(table)
    assert table._repr_html_().count("<table>") == 2


def test_a_run_of_the_command_line_names_its_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "xor", "--epochs", "3", "--out", "run", "--no-plots", "--quiet"]) == 0
    whole = gn.load("run/model.safetensors")
    branch = gn.replay("run", 2).fork()
    np.testing.assert_array_equal(branch.network.flat_parameters, whole.flat_parameters)


def test_a_run_from_other_parameters_than_those_of_the_seed_is_refused(tmp_path):
    net = gn.Network("dense(3) softmax").build(4, seed=9)
    net.fit(X, Y, folder=tmp_path / "run", **OPTIONS)
    with pytest.raises(gn.ResumeError, match="began from other parameters"):
        gn.replay(tmp_path / "run", 6, X, Y)
    net.fit(X, Y, folder=tmp_path / "second", **OPTIONS)
    with pytest.raises(gn.OptionError, match="trained before"):
        gn.replay(tmp_path / "second", 6, X, Y)


@pytest.mark.parametrize(
    ("step", "data", "message"),
    [
        (17, (X, Y), "no step 17"),
        (-1, (X, Y), "0 or more"),
        (2.5, (X, Y), "0 or more"),
        (3, (), "does not name its data"),
        (3, (X + 1, Y), "another x"),
    ],
)
def test_what_cannot_be_replayed_is_one_sentence(recorded, step, data, message):
    with pytest.raises(gn.GlassnetError, match=message):
        gn.replay(recorded[0], step, *data)


def test_a_folder_without_a_run_is_one_sentence(tmp_path):
    with pytest.raises(gn.FileError, match="not the folder of a run"):
        gn.replay(tmp_path, 3)


def test_a_notebook_shows_where_a_replay_is_and_its_last_epochs(recorded):
    folder, net = recorded
    assert gn.replay(folder, 0, X, Y)._repr_html_().count("<tr>") == 0
    then = gn.replay(folder, 11, X, Y)
    html = then._repr_html_()
    assert html.startswith("<p>&lt;run ")
    assert html.count("<tr>") == 1 + then.epoch
    assert f"<td>{net.history['loss'][then.epoch - 1]:.4g}</td>" in html


@pytest.mark.parametrize("augmentation", ["flip, shift", "mixup"])
def test_a_replay_of_augmented_batches_takes_the_steps_of_the_run(tmp_path, augmentation: str):
    data = gn.datasets.digits().load().train[:64]
    net = gn.Network("flatten dense(10) softmax")
    given = {"loss": "cce", "optimizer": "adam", "callbacks": f"augment([{augmentation}])"}
    net.fit(data, epochs=2, batch_size=16, folder=tmp_path / "run", progress=False, **given)
    then, after = (gn.replay(tmp_path / "run", step, data) for step in (5, 6))
    explained = then.explain()
    for name, terms in explained.updates.items():
        change = after.network.parameters[name].astype(float) - then.network.parameters[name]
        np.testing.assert_allclose(terms["total"], change, atol=1e-6)
    x, y = then.batch
    np.testing.assert_allclose(explained.layers[0].values["input"], x, atol=1e-6)
    np.testing.assert_allclose(explained.loss_part.values["targets"], y, atol=1e-6)
    assert f"The samples are as augment([{augmentation}]) changed them." in explained.to_markdown()


def test_a_run_on_a_frame_is_replayed_with_the_target_of_its_network(tmp_path):
    rows = [{"size": k, "town": ("Bern", "Ulm")[k % 2], "price": 3.0 * k + k % 2} for k in range(40)]
    net = gn.Network("dense(4) tanh dense(1)")
    net.fit(rows, target="price", epochs=2, batch_size=10, folder=tmp_path / "run", seed=3, progress=False)
    then = gn.replay(tmp_path / "run", 3, rows)
    np.testing.assert_array_equal(then.fork().network.flat_parameters, net.flat_parameters)
    assert then.explain().input_names == ("size", "town=Bern", "town=Ulm")
