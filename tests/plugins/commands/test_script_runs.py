"""``glassnet explain`` and ``glassnet replay`` of a run that was started from Python."""

from __future__ import annotations

import json

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def run(tmp_path):
    """Return the folder of a run on Iris, of 12 steps."""
    data = gn.datasets.iris().load()
    net = gn.Network("dense(5) tanh dense(3) softmax")
    given = {"loss": "cce", "optimizer": "momentum(lr=0.05)", "schedule": "cosine", "regularizer": "l2(0.001)"}
    net.fit(data.train, epochs=3, batch_size=32, folder=tmp_path / "run", seed=4, progress=False, **given)
    return tmp_path / "run"


def content(outcome) -> dict:
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_the_next_step_has_the_options_of_the_run(glassnet, run):
    told = content(glassnet("explain", run, "iris", "--sample", "0:5", "--json"))
    assert told["optimizer"] == "momentum(lr=0.05)"
    assert told["schedule"]["spec"] == "cosine"
    assert set(told["penalties"]) == {"0.weights", "2.weights"}
    assert set(told["memory"]["0.weights"]) == {"g", "v"}


@pytest.mark.parametrize("command", ["explain", "replay"])
def test_a_step_is_that_of_the_training(glassnet, run, command: str):
    told = content(glassnet(command, run, "iris", "--step", "7", "--json"))
    after, then = (gn.replay(run, step, gn.datasets.iris().load().train).network for step in (8, 7))
    change = after.parameters["0.weights"].astype(float) - then.parameters["0.weights"]
    np.testing.assert_allclose(told["updates"]["0.weights"]["total"], change, atol=1e-7)
    np.testing.assert_allclose(told["parameters"]["0.weights"], then.parameters["0.weights"], atol=1e-9)


def test_a_weight_is_followed_and_a_step_explained_differently(glassnet, run):
    course = content(glassnet("explain", run, "iris", "--weight", "0.weights[1,2]", "--json"))["course"]
    assert len(course["total"]) == 12
    saved = gn.load(run / "model.safetensors").parameters["0.weights"][1, 2]
    assert course["value"][-1] == pytest.approx(float(saved))
    told = content(glassnet("explain", run, "iris", "--step", "3", "--optimizer", "sgd(lr=1)", "--json"))
    assert told["memory"]["0.weights"].keys() == {"g"}
    changed = content(glassnet("explain", run, "iris", "--step", "3", "--set", "0.bias[0]=2.5", "--json"))
    assert changed["parameters"]["0.bias"][0] == 2.5


@pytest.mark.parametrize(
    "request_",
    [("explain",), ("explain", "--step", "2"), ("replay", "--step", "2"), ("explain", "--weight", "0.bias[0]")],
)
def test_data_have_to_be_named(glassnet, run, request_):
    command, *options = request_
    outcome = glassnet(command, run, *options)
    assert outcome.code == 2
    assert "started from Python" in outcome.err
    assert "name" in outcome.err.split(";")[-1]


def test_a_run_that_went_on_from_another_is_not_repeated(glassnet, tmp_path):
    data, net = gn.datasets.xor().load(), gn.Network("dense(3) tanh dense(1) sigmoid")
    for folder in (None, tmp_path / "second"):
        net.fit(data.train, loss="bce", optimizer="sgd", epochs=2, folder=folder, progress=False)
    outcome = glassnet("explain", tmp_path / "second", "xor", "--weight", "0.bias[0]")
    assert "went on from a network that was trained before" in outcome.err


def test_a_run_that_diverged_at_once_names_the_command_for_it(glassnet, tmp_path):
    net = gn.Network("dense(1)")
    x = np.full((4, 1), 1e30)
    with pytest.raises(gn.NonFiniteError):
        net.fit(x, x, loss="mse", optimizer="sgd", folder=tmp_path / "run", progress=False)
    err = glassnet("explain", tmp_path / "run", "xor").err
    assert "glassnet replay" in err
    assert "for the step in which it diverged" in err
