"""A training from the command line that arrives at NaN or infinity, and a model file that holds NaN."""

import csv
import json
import math
import warnings

import numpy as np
import pytest

import glassnet as gn

TRAIN = ["train", "xor", "--optimizer", "sgd(lr=1e30)", "--layers", "dense(8) relu dense(1)", "--loss", "mse"]


def test_a_training_that_diverges_ends_with_exit_code_1(glassnet, here):
    outcome = glassnet(*TRAIN, "--epochs", 5, "--out", "run", "--quiet", "--no-plots")
    assert outcome.code == 1
    assert outcome.out.startswith("findings  lr_too_high: the training diverged")
    place = "error: training diverged in epoch 2, at step 2, in forward of layer 2 'dense(1)'"
    for part in (place, "likely cause", "the network, and the model in run,"):
        assert part in outcome.err
    assert "Traceback" not in outcome.err
    assert "Warning" not in outcome.err


def test_its_folder_holds_the_finite_epochs_and_a_finite_model(glassnet, here):
    glassnet(*TRAIN, "--epochs", 5, "--out", "run", "--quiet", "--no-plots")
    rows = list(csv.DictReader((here / "run/history.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1"]
    assert np.isfinite(gn.load(here / "run/model.safetensors").flat_parameters).all()
    assert json.loads((here / "run/summary.json").read_text())["diverged"]["step"] == 2


def test_with_continue_it_ends_with_exit_code_0(glassnet, here):
    options = ["--on-divergence", "continue", "--epochs", 5, "--out", "run", "--quiet", "--no-plots", "--json"]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("always")
        outcome = glassnet(*TRAIN, *options)
    assert "warning: the loss is inf in epoch 2" in outcome.err
    assert outcome.code == 0
    assert json.loads(outcome.out)["test"]["loss"] is None
    assert 'on_divergence = "continue"' in (here / "run/experiment.toml").read_text()
    assert np.isfinite(gn.load(here / "run/model.safetensors").flat_parameters).all()


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_model_of_nan_is_an_error_of_one_sentence(glassnet, here, command, as_json):
    net = gn.Network("dense(2) softmax").build((2,))
    net.flat_parameters[:] = math.nan
    net.save("model.safetensors")
    np.save("x.npy", np.ones((3, 2), np.float32))
    outcome = glassnet(command, "model.safetensors", {"predict": "x.npy", "evaluate": "xor"}[command], *as_json)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.splitlines() == [
        "error: parameter '0.weights' is nan in model.safetensors: the network has diverged; train it again, or take "
        "another model"
    ]


def test_outputs_that_overflow_are_an_error_of_one_sentence(glassnet, here):
    net = gn.Network("dense(2, weight_init=ones) softmax").build((2,))
    net.flat_parameters[:] = 1e38
    net.save("model.safetensors")
    np.save("x.npy", np.full((3, 2), 10, np.float32))
    with np.errstate(all="ignore"):
        outcome = glassnet("predict", "model.safetensors", "x.npy")
    assert outcome.code == 2
    assert outcome.err.splitlines()[-1].startswith("error: the probabilities for x.npy have NaN or infinity")
