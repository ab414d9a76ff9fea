"""``glassnet train --profile``."""

import json
import signal
import subprocess
import sys

import pytest

import glassnet as gn

GLASSNET = "import sys; from glassnet_commands.command_line import main; sys.exit(main())"
XOR = ["xor", "--layers", "dense(8) tanh dropout(0.1) dense(1) sigmoid", "--epochs", 30, "--no-plots"]


def cells(text, name):
    """Return what the row that starts with `name` shows."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return line.removeprefix(name).replace("█", "").replace("%", "").split()


def row(text, name):
    """Return the figures of the row that starts with `name`."""
    return [float(cell) for cell in cells(text, name)]


def test_the_time_of_each_part_is_shown_and_kept(glassnet, here, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    outcome = glassnet("train", *XOR, "--profile")
    assert outcome.code == 0
    assert [line.split()[0] for line in outcome.out.splitlines()][:2] == ["test", "run"]
    kept = json.loads((here / "runs/xor-1/profile.json").read_text())
    assert kept["steps"] == 30
    assert [part["part"] for part in kept["parts"]] == [
        *("0 dense(8)", "1 tanh", "2 dropout(rate=0.1)", "3 dense(1)"),
        *("loss binary_crossentropy", "rest of forward and backward", "optimizer adam(lr=0.1)", "data", "metrics"),
        *("validation", "callbacks", "rest of the loop"),
    ]
    assert sum(part["seconds"] for part in kept["parts"]) == pytest.approx(kept["seconds"])
    parts = {part["part"]: part for part in kept["parts"]}
    assert {"progress", "run_folder", "run_record"} <= {part["part"] for part in parts["callbacks"]["inner"]}
    assert parts["validation"]["seconds"] == 0
    assert "validation" not in outcome.err.split("shown in ms")[1]
    dense = parts["0 dense(8)"]
    shown = cells(outcome.err, "0 dense(8)")[:3]
    # Slow steps are shown with fewer digits.
    half_a_digit = 0.501 * 10.0 ** -len(shown[0].partition(".")[2])
    for figure, name in zip(shown, ("forward", "backward", "seconds"), strict=True):
        assert float(figure) == pytest.approx(1000 * dense[name] / 30, rel=0, abs=half_a_digit)
    assert row(outcome.err, "all")[0] == pytest.approx(1000 * kept["seconds"] / 30, rel=0.01)
    assert row(outcome.err, "all")[1] == 100
    assert "matrix products: " in outcome.err


def test_the_run_is_the_same_as_without(glassnet, here):
    glassnet("train", *XOR, "--out", "plain")
    glassnet("train", *XOR, "--out", "profiled", "--profile")
    for name in ("model.safetensors", "checkpoint.safetensors", "history.csv", "experiment.toml"):
        assert (here / "plain" / name).read_bytes() == (here / "profiled" / name).read_bytes()


def test_with_json_standard_output_is_json_alone(glassnet):
    outcome = glassnet("train", *XOR, "--profile", "--json", "--quiet")
    assert json.loads(outcome.out)["epochs"] == 30
    assert "30 steps in " in outcome.err


def test_an_experiment_that_lists_it_is_profiled_once(glassnet, here):
    outcome = glassnet("train", *XOR, "--profile", "--callbacks", "profile(watch_every=1)")
    assert outcome.err.count("shown in ms a step") == 1
    assert json.loads((here / "runs/xor-1/profile.json").read_text())["products"]["steps_watched"] == 30


def test_another_callback_can_take_its_place(glassnet):
    class Mine(gn.Callback):
        def on_run_end(self, run):
            print(f"{run.step} steps of mine")

    with gn.registered("callback", "profile", Mine):
        outcome = glassnet("train", *XOR, "--profile")
    assert "30 steps of mine" in outcome.err
    assert "shown in ms" not in outcome.err


def test_ctrl_c_shows_the_profile_and_resume_profiles_the_rest(glassnet, here):
    command = [sys.executable, "-c", GLASSNET, "train", "xor", "--epochs", "100000000", "--profile"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("epoch"):
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "shown in ms a step" in err
    assert "interrupted; the history and the last weights are in runs/xor-1; continue with" in err
    first = json.loads((here / "runs/xor-1/profile.json").read_text())
    done = json.loads((here / "runs/xor-1/summary.json").read_text())["epochs"]
    # An epoch is one batch, and may have been broken off between its batch and its end.
    assert done <= first["steps"] <= done + 1
    wanted = first["steps"] + 7
    assert glassnet("train", "--resume", "runs/xor-1", "--epochs", wanted, "--profile", "--no-plots").code == 0
    assert json.loads((here / "runs/xor-1/profile.json").read_text())["steps"] == 7
