"""``glassnet plot``, ``glassnet train --record`` and runs on disk."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_commands.command_line import main
from glassnet_plots.recording.recording import Recording

XOR = ["xor", "--epochs", "40", "--quiet", "--no-plots"]


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Two runs of XOR: one with a recording, one without."""
    folder = tmp_path_factory.mktemp("runs")
    for name, record in (("recorded", ["--record"]), ("plain", [])):
        assert main(["train", *XOR, *record, "--out", str(folder / name)]) == 0
    return folder


@pytest.fixture
def run(here, finished):
    return shutil.copytree(finished / "recorded", Path("runs/xor-1"))


@pytest.fixture
def plain(here, finished):
    return shutil.copytree(finished / "plain", Path("runs/xor-2"))


def test_without_a_kind_the_plots_are_listed(glassnet):
    outcome = glassnet("plot")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines] == registry.names("plot")
    assert "loss_landscape     The loss around the trained parameters" in outcome.out


def test_a_plot_is_written_into_the_folder_of_the_run(glassnet, run):
    assert glassnet("plot", "curves", run).out == "wrote runs/xor-1/curves.png\n"
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_out_names_the_file_and_its_format(glassnet, run):
    assert glassnet("plot", "gradients", run, "--out", "g.svg").out == "wrote g.svg\n"
    assert "</svg>" in Path("g.svg").read_text()


def test_json_prints_the_numbers_and_writes_nothing(glassnet, run):
    before = sorted(run.iterdir())
    outcome = glassnet("plot", "loss_landscape(points=3)", run, "--json")
    told = json.loads(outcome.out)
    assert told["plot"] == "loss_landscape(points=3)"
    assert told["numbers"]["across"] == [-1, 0, 1]
    summary = json.loads((run / "summary.json").read_text())
    assert told["numbers"]["loss"][1][1] == pytest.approx(summary["test"]["loss"], rel=1e-4)  # XOR has no other samples
    assert sorted(run.iterdir()) == before


def test_the_summary_names_the_recording(run, plain):
    recorded, other = (json.loads((each / "summary.json").read_text()) for each in (run, plain))
    assert (run / recorded["recording"]).is_file()
    assert "recording" not in other


def test_json_and_out_do_both(glassnet, run):
    outcome = glassnet("plot", "curves", run, "--json", "--out", "c.png")
    assert json.loads(outcome.out)["plot"] == "curves"
    assert Path("c.png").is_file()


def test_a_run_without_recording_says_how_to_make_one(glassnet, plain):
    outcome = glassnet("plot", "activations", plain)
    assert outcome.code == 2
    assert outcome.err == (
        "error: runs/xor-2 has no recording; train with glassnet train … --record, or fit(callbacks=['record']), or "
        "give --repeat to train it again from its seed\n"
    )
    assert outcome.out == ""


def test_repeat_records_a_run_as_if_it_had_been_recorded(glassnet, plain, finished):
    assert glassnet("plot", "activations", plain, "--repeat", "--out", "a.png").code == 0
    mine, theirs = (Recording.load(each / "recording.safetensors") for each in (plain, finished / "recorded"))
    assert mine.as_bytes() == theirs.as_bytes()
    assert glassnet("plot", "gradients", plain).code == 0  # the folder keeps it


def test_a_run_that_cannot_be_repeated_is_refused(glassnet, plain):
    net = gn.load(plain / "model.safetensors")
    net.flat_parameters[:] += 1
    net.save(plain / "model.safetensors")
    outcome = glassnet("plot", "activations", plain, "--repeat")
    assert outcome.code == 2
    assert "leads to another network when it is repeated" in outcome.err
    assert not (plain / "recording.safetensors").exists()


def test_a_dataset_is_a_network_that_is_not_trained(glassnet, here):
    assert glassnet("plot", "lr_range_test(steps=40)", "xor", "--out", "lr.png").out == "wrote lr.png\n"
    assert glassnet("plot", "first_weights", "xor").out == "wrote first_weights.png\n"
    assert sorted(path.name for path in here.iterdir()) == ["first_weights.png", "lr.png"]


def test_a_model_file_shows_its_weights_and_has_no_data(glassnet, run):
    shutil.copy(run / "model.safetensors", "mine.safetensors")
    assert glassnet("plot", "first_weights", "mine.safetensors").out == "wrote first_weights.png\n"
    outcome = glassnet("plot", "loss_landscape", "mine.safetensors")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "this plot needs data" in outcome.err


def test_an_unknown_run_or_kind_is_one_sentence(glassnet, run):
    for arguments, problem in (
        (("curves",), "give the folder of a run, or a dataset"),
        ((run,), f"the plot comes first: glassnet plot curves {run}"),
        ((run, "curves"), f"the plot comes first: glassnet plot curves {run}"),
        (("loss", run), "unknown plot 'loss'; write curves"),
        (("confusion_matrix", run), "write confusion"),
        (("curvs", run), "curves"),
        (("curves", "runs/none"), "runs/none"),
        (("curves", run, "--out", "x.jpg"), "choose one of .png"),
    ):
        outcome = glassnet("plot", *arguments)
        assert outcome.code == 2
        assert problem in outcome.err
        assert outcome.err.count("\n") <= 4
        assert "Traceback" not in outcome.err


def test_a_repeated_experiment_records_too(glassnet, run):
    again = glassnet("train", run / "experiment.toml", "--quiet", "--no-plots", "--out", "again")
    assert again.code == 0
    assert Path("again/recording.safetensors").read_bytes() == (run / "recording.safetensors").read_bytes()


def test_a_recorded_run_that_is_resumed_goes_on_recording(glassnet, run):
    assert glassnet("train", "--resume", run, "--epochs", "60", "--quiet", "--no-plots").code == 0
    recording = Recording.load(run / "recording.safetensors")
    assert recording.steps.tolist() == list(range(61))
    assert np.isfinite(recording.of_parameters("update_rms")[1:]).all()


def test_python_opens_runs(run):
    assert gn.plot("update_ratios", run).numbers["steps"].tolist() == list(range(1, 41))


def test_a_run_of_fit_is_given_its_data(here):
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    net = gn.Network("dense(1)")
    net.fit(x, x[:, :1], loss="mse", optimizer="sgd", epochs=3, callbacks=["record"], folder="mine")
    assert gn.plot("curves", "mine", x, x[:, :1]).numbers["loss"] == pytest.approx(net.history["loss"])
    assert gn.plot("gradients", "mine", x, x[:, :1]).numbers["steps"].tolist() == [0, 1, 2, 3]
    numbers = gn.plot("loss_landscape(points=3)", "mine", x, x[:, :1]).numbers
    assert numbers["loss"][1, 1] == pytest.approx(net.evaluate(x, x[:, :1])["loss"])
    with pytest.raises(gn.OptionError, match="mine does not name its data"):
        gn.plot("curves", "mine")
