"""``glassnet train --resume``: a run that was broken off ends in the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glassnet.command_line import main

EXPERIMENT = ["xor", "--layers", "dense(8) tanh dropout(0.1) dense(1) sigmoid", "--epochs", "6000", "--no-plots"]


def program(*arguments, cwd):
    """Start the command line in a process of its own, which signals do not end with the tests."""
    command = [sys.executable, "-c", "import sys; from glassnet.command_line import main; sys.exit(main())"]
    return subprocess.Popen([*command, *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_broken_off_by_a_signal_is_continued_to_the_same_bytes(how, tmp_path):
    whole = program("train", *EXPERIMENT, "--out", "whole", cwd=tmp_path)
    whole.communicate()
    assert whole.returncode == 0
    broken = program("train", *EXPERIMENT, "--callbacks", "checkpoint(epochs=50)", "--out", "run", cwd=tmp_path)
    while not (tmp_path / "run" / "checkpoint.safetensors").exists():
        time.sleep(0.01)
    broken.send_signal(how)
    broken.communicate()
    assert broken.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    continued = program("train", "--resume", "run", "--no-plots", cwd=tmp_path)
    out, err = continued.communicate()
    assert continued.returncode == 0, err
    assert b"accuracy 1.0000" in out
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_run_that_is_through_stays_as_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *EXPERIMENT, "--epochs", "20", "--out", "run"]) == 0
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    trained = capsys.readouterr().out
    assert main(["train", "--resume", "run"]) == 0
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before
    said = capsys.readouterr()
    assert said.err == "run is finished after 20 epochs; to train on, give --epochs with a larger number\n"
    assert said.out == trained


def test_a_finished_run_goes_on_if_more_epochs_are_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *EXPERIMENT, "--epochs", "20", "--out", "run", "--quiet"]) == 0
    assert main(["train", "--resume", "run", "--epochs", "25", "--no-plots", "--quiet"]) == 0
    assert main(["train", *EXPERIMENT, "--epochs", "25", "--out", "whole", "--quiet"]) == 0
    assert Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    assert "finished" not in capsys.readouterr().err


def test_a_run_without_a_saved_state_says_that_it_starts_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *EXPERIMENT, "--epochs", "5", "--out", "run", "--quiet"]) == 0
    whole = Path("run/model.safetensors").read_bytes()
    for name in ("summary.json", "checkpoint.safetensors"):
        (Path("run") / name).unlink()
    capsys.readouterr()
    assert main(["train", "--resume", "run", "--no-plots", "--quiet"]) == 0
    assert capsys.readouterr().err == "run has no saved state yet: the run starts at its beginning\n"
    assert Path("run/model.safetensors").read_bytes() == whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give a dataset or an experiment file, or --resume DIR alone"),
        (["xor", "--resume", "run"], "give a dataset or an experiment file, or --resume DIR alone"),
        (["--resume", "absent"], "cannot resume absent: there is no such folder; give the folder of a run"),
        (["--resume", "run/model.safetensors"], "cannot resume run/model.safetensors: it is a file; give the folder"),
        (["--resume", "."], "cannot resume .: it is not a run, it has no experiment.toml; give the folder of a run"),
        (["--resume", "run", "--optimizer", "sgd"], "the saved run has optimizer='adam(lr=0.1)', and this one 'sgd'"),
    ],
)
def test_a_wrong_request_is_refused(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *EXPERIMENT, "--epochs", "20", "--out", "run"]) == 0
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    capsys.readouterr()
    assert main(["train", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before
    assert os.listdir() == ["run"]
