"""The flight recorder: the step that diverged is kept, repeated and explained."""

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main
from glassnet_doctor.flight.fault_file import FaultyStep
from glassnet_doctor.flight.replay import replayed

X = np.array([[1.0], [2.0], [4.0], [8.0]])
Y = np.array([[0.0], [1.0], [2.0], [3.0]])


def diverged(folder, net=None, **options):
    net = net or gn.Network("dense(1, bias=False, weight_init='constant(1)')").build(1)
    options = {"loss": "mse", "optimizer": "sgd(lr=1e30)", "epochs": 9, "batch_size": 2, **options}
    with pytest.raises(gn.NonFiniteError) as caught:
        net.fit(X, Y, folder=folder, progress=False, **options)
    return net, caught.value.diverged


def test_the_step_is_kept_with_its_batch_and_the_parameters_before_it(tmp_path):
    net, told = diverged(tmp_path / "run")
    fault = FaultyStep.load(tmp_path / "run" / "fault.safetensors")
    assert fault.diverged == told
    np.testing.assert_array_equal(fault.parameters, net.flat_parameters)
    np.testing.assert_array_equal(fault.x, X[fault.samples])
    np.testing.assert_array_equal(fault.y, Y[fault.samples])
    assert fault.step == told["step"] - 1


def test_the_numbers_of_the_step_are_those_of_the_formula(tmp_path):
    """The weight w gives outputs w x; their squares are more than float32 holds, so the loss is infinite."""
    net, _ = diverged(tmp_path / "run")
    fault = FaultyStep.load(tmp_path / "run" / "fault.safetensors")
    forward, loss = replayed(net.copy(), gn.losses.mse(), None, fault)
    w = float(fault.parameters[0])
    assert abs(w) > 1e19
    assert (forward.name, forward.not_finite) == ("forward", 0)
    assert forward.largest == pytest.approx(abs(w) * fault.x.max(), rel=1e-6)
    assert (loss.what, loss.not_finite, loss.size) == ("the loss", 1, 1)
    assert loss.inputs == pytest.approx(sorted(np.abs(w * fault.x.reshape(-1)), reverse=True), rel=1e-6)


def test_the_first_element_is_named_with_the_sample_that_gave_it(tmp_path):
    class Broken(gn.Layer):
        """Divides by zero where x is 4."""

        def forward(self, params, x, ctx):
            return x / (x != 4), x

        def backward(self, params, cache, dy, grads, ctx):
            return dy

    with gn.registered("layer", "broken", Broken):
        net = gn.Network(["broken", "dense(1)"]).build(1)
        diverged(tmp_path / "run", net, optimizer="sgd(lr=0.01)", batch_size=4)
        fault = FaultyStep.load(tmp_path / "run" / "fault.safetensors")
        (found,) = replayed(net.copy(), gn.losses.mse(), None, fault)
    row = fault.samples.tolist().index(2)
    assert (found.where, found.element, found.inputs) == ("layer 0 'broken'", (row, 0), (4.0,))


def test_the_page_needs_no_other_file(tmp_path):
    diverged(tmp_path / "run")
    page = (tmp_path / "run" / "fault.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "the loss &#x27;mean_squared_error&#x27;" in page
    assert "src=" not in page
    assert "href=" not in page


def test_a_run_that_goes_well_leaves_no_fault(tmp_path):
    net = gn.Network("dense(1)")
    net.fit(X, Y, loss="mse", optimizer="sgd(lr=1e-3)", folder=tmp_path / "run", progress=False)
    assert not (tmp_path / "run" / "fault.safetensors").exists()


def test_replay_explains_and_json_says_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "moons", "--optimizer", "sgd(lr=1e30)", "--quiet", "--no-plots"]) == 1
    capsys.readouterr()
    assert main(["replay", "runs/moons-1"]) == 0
    told = capsys.readouterr().out
    assert main(["replay", "runs/moons-1", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert told.startswith("epoch 1, step 2: ")
    assert f"first element: {plain['found']['element']}" in told
    assert len(plain["samples"]) == 32
    assert plain["operations"][-1] == plain["found"]


def test_replay_of_a_run_that_did_not_diverge_is_an_error(tmp_path, capsys):
    assert main(["replay", str(tmp_path)]) == 2
    assert "has no fault.safetensors: it did not diverge, or has no run; name the step" in capsys.readouterr().err


def test_python_explains_the_step_as_text_and_as_html(tmp_path):
    """A run of `fit` has no experiment file; the model says what was minimised."""
    diverged(tmp_path / "run")
    told = gn.explain_fault(tmp_path / "run")
    assert told.found.where == "the loss 'mean_squared_error'"
    assert str(told).startswith(f"epoch {told.diverged['epoch']}, step {told.diverged['step']}: ")
    table = told._repr_html_()
    assert table.count("<tr") == 1 + len(told.operations)
    assert table in (tmp_path / "run" / "fault.html").read_text()


def test_python_explains_no_run_that_went_well(tmp_path):
    with pytest.raises(gn.FileError, match=r"has no fault\.safetensors: it did not diverge"):
        gn.explain_fault(tmp_path)
