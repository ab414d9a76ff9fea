"""``glassnet train``."""

import csv
import json
import tomllib
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.options.declaration import options_of
from glassnet_commands.train import train

RUN_FILES = {
    "checkpoint.safetensors",
    "environment.json",
    "experiment.toml",
    "history.csv",
    "model.safetensors",
    "summary.json",
    "record.json",
}


def test_xor_is_learnt_with_one_command_and_everything_is_in_its_folder(glassnet, here):
    outcome = glassnet("train", "xor")
    assert outcome.code == 0
    folder = here / "runs" / "xor-1"
    of_two_classes = {"roc.png", "precision_recall.png", "calibration.png", "importance.png"}
    pictures = {"history.png", "confusion_matrix.png", "decision_surface.png"} | of_two_classes
    assert {each.name for each in folder.iterdir()} == RUN_FILES | pictures
    for picture in pictures:
        assert (folder / picture).read_bytes().startswith(b"\x89PNG")
        assert picture in outcome.out
    assert "runs/xor-1" in outcome.out
    assert "accuracy 1.0000" in outcome.out
    rows = list(csv.DictReader((folder / "history.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == [str(epoch) for epoch in range(1, 201)]
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    predicted = gn.load(folder / "model.safetensors").predict(points)
    assert (predicted[:, 0] > 0.5).tolist() == [False, True, True, False]


def test_what_is_trained_is_said_before_on_standard_error(glassnet, digits):
    spec = f'mnist(folder="{digits}")'
    outcome = glassnet(
        *("train", spec, "--layers", "flatten dense(5) relu dense(10) softmax", "--loss", "cce", "--optimizer", "adam"),
        *("--schedule", "cosine", "--epochs", 1, "--batch-size", 64, "--validation", 0.1, "--no-plots"),
    )
    assert outcome.code == 0, outcome.err
    assert outcome.err.startswith("data ")
    # 10 % of the 200 are held out; 784 * 5 + 5 + 5 * 10 + 10 parameters; 180 samples in batches of 64
    assert "180 samples to train on, 20 to validate, 40 to test" in outcome.err
    assert "28 x 28 x 1 → flatten → 784 → dense(5) → 5 → relu → dense(10) → 10 → softmax" in outcome.err
    assert "3,985 parameters, float32" in outcome.err
    assert "categorical_crossentropy, adam, schedule cosine; 1 epoch of 3 batches of 64; seed 0" in outcome.err
    assert "epoch 1/1" in outcome.err


def test_quiet_leaves_the_result_alone(glassnet):
    outcome = glassnet("train", "xor", "--epochs", 2, "--quiet", "--no-plots")
    assert outcome.err == ""
    assert [line.split()[0] for line in outcome.out.splitlines()] == ["test", "run"]


def test_json_is_one_object_and_the_summary(glassnet, here):
    outcome = glassnet("train", "xor", "--epochs", 3, "--seed", 5, "--json", "--out", "mine")
    result = json.loads(outcome.out)
    assert result["run"] == "mine"
    assert result["epochs"] == 3
    assert result["train_seconds"] > 0
    assert set(result["test"]) == {"loss", "accuracy"}
    assert result["seed"] == 5
    assert result["parameters"] == 2 * 8 + 8 + 8 + 1
    assert result["classes"] == ["0", "1"]
    assert result["task"] == "classification"
    assert result["interrupted"] is False
    assert json.loads((here / "mine" / "summary.json").read_text()) == result
    assert "epoch 3/3" in outcome.err


def test_the_figures_are_those_of_the_saved_model_on_the_test_data(glassnet, digits):
    spec = f'mnist(folder="{digits}")'
    outcome = glassnet("train", spec, "--epochs", 1, "--json", "--no-plots", "--quiet")
    test = gn.datasets.mnist(folder=str(digits)).load().test
    probabilities = gn.load("runs/mnist-1/model.safetensors").predict(test.x)
    expected = {
        "loss": -np.log(probabilities[np.arange(40), test.y]).mean(),
        "accuracy": (probabilities.argmax(axis=1) == test.y).mean(),
    }
    assert json.loads(outcome.out)["test"] == pytest.approx(expected, rel=1e-5)


def test_a_figure_that_json_has_no_word_for_is_null(glassnet, here):
    class Nowhere(gn.Metric):
        def reset(self):
            pass

        def update(self, y_true, y_pred):
            pass

        def compute(self):
            return float("nan")

    with gn.registered("metric", "nowhere", Nowhere):
        arguments = ["train", "xor", "--epochs", 1, "--metrics", "nowhere", "--quiet", "--no-plots"]
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            as_json, as_text = glassnet(*arguments, "--json"), glassnet(*arguments)
    assert json.loads(as_json.out, parse_constant=pytest.fail)["test"]["nowhere"] is None
    assert "nowhere nan" in as_text.out
    for outcome in (as_json, as_text):
        assert "warning: nowhere is nan in epoch 1, and the loss is finite" in outcome.err


def test_images_get_a_picture_of_the_worst_mistakes(glassnet, digits, here):
    spec = f'mnist(folder="{digits}")'
    outcome = glassnet("train", spec, "--epochs", 1, "--quiet")
    assert outcome.code == 0, outcome.err
    assert (here / "runs/mnist-1/worst_mistakes.png").read_bytes().startswith(b"\x89PNG")
    assert "worst_mistakes.png" in outcome.out


# --- folders ------------------------------------------------------------------------------------------------


def test_each_run_gets_the_next_free_number(glassnet, here):
    quick = ["train", "xor", "--epochs", 1, "--quiet", "--no-plots"]
    glassnet(*quick)
    (here / "runs" / "xor-7").mkdir()
    (here / "runs" / "xor-99-old").mkdir()
    assert "runs/xor-8" in glassnet(*quick).out


def test_out_may_be_an_existing_folder_with_other_things(glassnet, here):
    (here / "mine").mkdir()
    (here / "mine" / "notes.txt").write_text("keep me")
    assert glassnet("train", "xor", "--epochs", 1, "--quiet", "--no-plots", "--out", "mine").code == 0
    assert (here / "mine" / "notes.txt").read_text() == "keep me"
    assert (here / "mine" / "model.safetensors").exists()


def test_a_folder_with_a_run_is_refused_and_nothing_in_it_is_lost(glassnet, here):
    quick = ["train", "xor", "--epochs", 1, "--quiet", "--no-plots", "--out", "mine"]
    glassnet(*quick)
    before = {each.name: each.read_bytes() for each in (here / "mine").iterdir()}
    outcome = glassnet(*quick, "--seed", 1)
    assert outcome.code == 2
    assert outcome.err == "error: mine already holds a run (it has experiment.toml); choose another folder\n"
    assert {each.name: each.read_bytes() for each in (here / "mine").iterdir()} == before


# --- experiments ----------------------------------------------------------------------------------------------


def test_training_on_the_experiment_of_a_run_repeats_it_bit_for_bit(glassnet, digits, here):
    spec = f'mnist(folder="{digits}")'
    network = "flatten dense(16, regularizer=l2(0.001)) relu dropout(0.2) dense(10) softmax"
    glassnet(
        *("train", spec, "--layers", network, "--optimizer", "momentum(lr=0.05)", "--schedule", "cosine"),
        *("--epochs", 3, "--batch-size", 30, "--seed", 11, "--validation", 0.25, "--regularizer", "l1(1e-5)"),
        *("--callbacks", "early_stopping(patience=2)", "--dtype", "float64", "--out", "first", "--quiet", "--no-plots"),
    )
    assert glassnet("train", "first/experiment.toml", "--out", "second", "--quiet", "--no-plots").code == 0
    assert glassnet("train", "second", "--out", "third", "--quiet", "--no-plots").code == 0
    for file in ("model.safetensors", "history.csv", "experiment.toml", "environment.json"):
        assert (here / "first" / file).read_bytes() == (here / "second" / file).read_bytes()
        assert (here / "first" / file).read_bytes() == (here / "third" / file).read_bytes()


def test_another_seed_gives_another_model(glassnet, here):
    quick = ["train", "xor", "--epochs", 2, "--quiet", "--no-plots"]
    glassnet(*quick, "--out", "a")
    glassnet(*quick, "--out", "b", "--seed", 1)
    assert (here / "a/model.safetensors").read_bytes() != (here / "b/model.safetensors").read_bytes()


def test_first_weights_come_from_seed_and_precision(glassnet):
    still = ["--optimizer", "sgd(lr=1e-300)", "--epochs", 1, "--dtype", "float64", "--quiet", "--no-plots"]
    glassnet("train", "xor", *still, "--layers", "dense(3) tanh dense(1) sigmoid", "--seed", 3, "--out", "mine")
    network = gn.load("mine/model.safetensors")
    assert network.dtype == np.float64
    expected = gn.Network("dense(3) tanh dense(1) sigmoid").build((2,), seed=3, dtype="float64")
    np.testing.assert_allclose(network.flat_parameters, expected.flat_parameters, atol=1e-200)


def test_options_replace_parts_of_the_recipe_and_are_recorded(glassnet, here):
    glassnet(
        *("train", "xor", "--layers", "dense(3, bias=False) relu dense(1) sigmoid", "--loss", "mse"),
        *("--optimizer", "sgd(lr=0.5)", "--epochs", 4, "--metrics", "accuracy mean_absolute_error"),
        *("--quiet", "--no-plots", "--out", "mine"),
    )
    content = tomllib.loads((here / "mine/experiment.toml").read_text())
    assert content["layers"] == ["dense(3, bias=False)", "relu", "dense(1)", "sigmoid"]
    assert content["loss"] == "mean_squared_error"
    assert content["optimizer"] == "sgd(lr=0.5)"
    assert content["epochs"] == 4
    assert content["metrics"] == ["accuracy", "mean_absolute_error"]
    assert content["batch_size"] == 4  # the recipe's
    assert content["dataset"] == "xor"


def test_options_replace_parts_of_an_experiment_file(glassnet, here):
    glassnet("train", "xor", "--epochs", 2, "--quiet", "--no-plots", "--out", "first")
    glassnet("train", "first/experiment.toml", "--epochs", 3, "--quiet", "--no-plots", "--out", "second")
    first = tomllib.loads((here / "first/experiment.toml").read_text())
    second = tomllib.loads((here / "second/experiment.toml").read_text())
    assert second == {**first, "epochs": 3}


def test_an_experiment_file_needs_no_toml_in_its_name(glassnet, here):
    glassnet("train", "xor", "--epochs", 1, "--quiet", "--no-plots", "--out", "first")
    (here / "plan").write_bytes((here / "first/experiment.toml").read_bytes())
    assert glassnet("train", "plan", "--quiet", "--no-plots").code == 0


def test_a_datasets_name_is_not_taken_for_a_file_of_that_name(glassnet, here):
    (here / "xor").write_text("not an experiment")
    assert glassnet("train", "xor", "--epochs", 1, "--quiet", "--no-plots").code == 0


def test_every_option_of_an_experiment_is_an_option_of_the_command(glassnet):
    offered = {parameter.name for parameter in train.params}
    assert set(options_of(gn.Experiment)) - {"dataset"} <= offered


class Plain(gn.DataSource):
    """Two inputs of which the first is the target; no recipe, but a validation split."""

    def load(self):
        x = np.linspace(-1, 1, 40, dtype=np.float32).reshape(20, 2)
        split = gn.Split(x, x[:, :1])
        return gn.Dataset(train=split, test=split[:5], validation=split[5:8], task="regression")


class OnDisk(gn.DataSource):
    """Images that stay in their file; the label is which half is bright."""

    def load(self):
        x = np.lib.format.open_memmap("images.npy", "w+", np.uint8, (60, 4, 4, 1))
        labels = np.arange(60) % 2
        x[labels == 0, :2] = 255
        x[labels == 1, 2:] = 255
        x.flush()
        np.save("labels.npy", labels)
        split = gn.Split(np.load("images.npy", mmap_mode="r"), np.load("labels.npy", mmap_mode="r"))
        recipe = gn.Recipe(
            layers=["flatten", "dense(2)", "softmax"], loss="cce", optimizer="adam(lr=0.1)", epochs=4,
            metrics=["accuracy"], validation=0.2,
        )  # fmt: skip
        return gn.Dataset(train=split, test=split[:20], classes=["upper", "lower"], recipe=recipe)


def test_a_dataset_may_stay_on_disk(glassnet, here):
    with gn.registered("dataset", "on_disk", OnDisk):
        outcome = glassnet("train", "on_disk", "--json")
        assert outcome.code == 0
        assert "48 samples to train on, 12 to validate, 20 to test" in outcome.err
        assert json.loads(outcome.out)["test"]["accuracy"] == 1
        assert (here / "runs/on_disk-1/confusion_matrix.png").exists()
        assert glassnet("evaluate", "runs/on_disk-1", "--json").code == 0


def test_a_dataset_without_recipe_needs_to_be_told_how_to_train(glassnet, here):
    with gn.registered("dataset", "plain", Plain):
        outcome = glassnet("train", "plain", "--loss", "mse")
        assert outcome.code == 2
        assert "brings no recipe" in outcome.err
        assert "--layers, --optimizer" in outcome.err
        assert list(here.iterdir()) == []
        outcome = glassnet("train", "plain", "--layers", "dense(1)", "--loss", "mse", "--optimizer", "sgd")
        assert outcome.code == 0
        assert "3 to validate" in outcome.err
        pictures = {each.name for each in (here / "runs/plain-1").glob("*.png")}
        assert pictures == {"history.png", "importance.png", "residuals.png"}
        figures = (here / "runs/plain-1/history.csv").read_text().splitlines()[0].split(",")
        assert figures == ["epoch", "loss", "val_loss"]


def test_a_fraction_goes_before_the_datasets_own_validation(glassnet, here):
    with gn.registered("dataset", "plain", Plain):
        options = ["--layers", "dense(1)", "--loss", "mse", "--optimizer", "sgd", "--no-plots", "--validation", 0.5]
        assert "10 samples to train on, 10 to validate, 5 to test" in glassnet("train", "plain", *options).err


def test_a_plugin_that_prints_does_not_disturb_the_result(glassnet):
    class Chatty(gn.Callback):
        def on_epoch_end(self, run):
            print("look at me")

    with gn.registered("callback", "chatty", Chatty):
        outcome = glassnet("train", "xor", "--epochs", 1, "--callbacks", "chatty", "--json", "--quiet", "--no-plots")
    assert json.loads(outcome.out)["epochs"] == 1
    assert outcome.err == "look at me\n"


def test_the_distribution_of_the_data_is_a_contributor(distribution, run_glassnet, here):
    source = """
import glassnet as gn, numpy as np
class Elsewhere(gn.DataSource):
    def load(self):
        split = gn.Split(np.ones((4, 2), np.float32), np.ones((4, 1), np.float32))
        return gn.Dataset(train=split, test=split, task="regression")
"""
    distribution("data-from-afar", "1.2.3", {"datasets": {"elsewhere": "from_afar:Elsewhere"}}, from_afar=source)
    outcome = run_glassnet(
        "train", "elsewhere", "--layers", "dense(1)", "--loss", "mse", "--optimizer", "sgd", "--no-plots"
    )
    assert outcome.returncode == 0, outcome.stderr
    content = json.loads((here / "runs/elsewhere-1/environment.json").read_text())
    assert content["distributions"]["data-from-afar"] == "1.2.3"
