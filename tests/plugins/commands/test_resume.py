"""``glassnet train --resume``: a run that was broken off ends in the same bytes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import glassnet as gn
from glassnet_commands.command_line import main

EXPERIMENT = ["xor", "--layers", "dense(8) tanh dropout(0.1) dense(1) sigmoid", "--epochs", "6000", "--no-plots"]


def program(*arguments, cwd):
    """Start the command line in a process of its own, which signals do not end with the tests."""
    command = [sys.executable, "-c", "import sys; from glassnet_commands.command_line import main; sys.exit(main())"]
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


@pytest.mark.parametrize("name", ["xor", "moons", "run.toml", "table.csv"])
def test_the_name_of_a_dataset_or_a_file_resumes_the_run_of_this_name(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--resume", name]) == 2
    assert f"cannot resume {name}: there is no such folder" in capsys.readouterr().err
    assert os.listdir() == []
    assert main(["train", *EXPERIMENT, "--epochs", "20", "--out", name, "--quiet"]) == 0
    assert main(["train", "--resume", name, "--epochs", "25", "--no-plots", "--quiet"]) == 0
    assert main(["train", *EXPERIMENT, "--epochs", "25", "--out", "whole", "--quiet"]) == 0
    for file in ("model.safetensors", "history.csv", "experiment.toml"):
        assert (Path(name) / file).read_bytes() == (Path("whole") / file).read_bytes()


@pytest.mark.parametrize("epochs", [["--epochs", "30"], []])
def test_a_resume_that_is_killed_before_its_first_step_changes_nothing(epochs, tmp_path):
    first = program("train", *EXPERIMENT, "--epochs", "20", "--out", "run", cwd=tmp_path)
    first.communicate()
    if not epochs:  # as a run that was killed
        (tmp_path / "run/summary.json").unlink()
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    killed = "import os, signal, sys; from glassnet.training.loop import Defaults\n"
    killed += "from glassnet_commands.command_line import main\n"
    killed += "Defaults.forward_step = lambda self, run: os.kill(os.getpid(), signal.SIGKILL)\nsys.exit(main())"
    more = epochs or ["--epochs", "21"]
    subprocess.run([sys.executable, "-c", killed, "train", "--resume", "run", *more], cwd=tmp_path, check=False)
    (tmp_path / "run/.lock").unlink()
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_a_finished_run_that_is_continued_and_killed_later_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program("train", *EXPERIMENT, "--epochs", "20", "--out", "run", cwd=tmp_path).communicate()
    killed = "import os, signal, sys; from glassnet.training.loop import Defaults\n"
    killed += "from glassnet_commands.command_line import main\n"
    killed += "step = Defaults.optimizer_step\n"
    killed += "Defaults.optimizer_step = lambda self, run: step(self, run) if run.step < 22 else "
    killed += "os.kill(os.getpid(), signal.SIGKILL)\nsys.exit(main())"
    command = [sys.executable, "-c", killed, "train", "--resume", "run", "--epochs", "30"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert main(["train", "--resume", "run", "--no-plots", "--quiet"]) == 0
    assert "finished" not in capsys.readouterr().err
    assert main(["train", *EXPERIMENT, "--epochs", "30", "--out", "whole", "--quiet"]) == 0
    assert Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()


def test_ctrl_c_before_the_first_step_of_a_resume_says_how_it_goes_on(tmp_path, monkeypatch, capsys):
    class Stopping(gn.Callback):
        def on_epoch_start(self, run):
            if run.epoch == 20:
                raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    with gn.registered("callback", "stopping", Stopping):
        how = [*EXPERIMENT, "--epochs", "20", "--callbacks", "stopping", "--quiet", "--out", "run"]
        assert main(["train", *how]) == 0
        before = {path: path.read_bytes() for path in Path("run").iterdir()}
        capsys.readouterr()
        assert main(["train", "--resume", "run", "--epochs", "30", "--quiet"]) == 130
    said = capsys.readouterr().err
    assert said.endswith(
        "interrupted; the history and the last weights are in run; continue with glassnet train --resume run\n"
    )
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before


def test_two_trainings_into_one_folder_and_a_resume_of_a_running_run(tmp_path):
    one = program("train", "xor", "--epochs", "10000000", "--out", "run", cwd=tmp_path)
    while not (tmp_path / "run" / "model.safetensors").exists():
        time.sleep(0.01)
    try:
        for arguments in (["xor", "--out", "run", "--seed", "2"], ["--resume", "run"]):
            other = program("train", *arguments, cwd=tmp_path)
            _, err = other.communicate()
            assert other.returncode == 2
            assert err.decode() == (
                f"error: run is in use: a run of process {one.pid} writes there; "
                "wait until it ends, or choose another folder\n"
            )
    finally:
        one.kill()
        one.communicate()


def test_of_many_trainings_that_start_at_once_one_gets_the_folder(tmp_path):
    started = [
        program("train", "xor", "--out", "run", "--seed", str(seed), "--epochs", "20", "--no-plots", cwd=tmp_path)
        for seed in range(4)
    ]
    codes = []
    for seed, process in enumerate(started):
        _, err = process.communicate()
        codes.append(process.returncode)
        if process.returncode == 0:
            winner = seed
        else:
            assert err.decode().count("error: ") == 1
    assert sorted(codes) == [0, 2, 2, 2]
    assert f"seed = {winner}\n" in (tmp_path / "run/experiment.toml").read_text()
    assert json.loads((tmp_path / "run/summary.json").read_text())["seed"] == winner
