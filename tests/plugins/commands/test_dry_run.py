"""``glassnet train --dry-run``: all that comes before the first step, and nothing on disk."""

import json
import re

import pytest


def everything_in(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_what_a_training_takes_is_counted(glassnet, here):
    outcome = glassnet("train", "xor", "--dry-run", "--json")
    told = json.loads(outcome.out)
    # dense(8) and dense(1) on two inputs: 2 * 8 + 8 + 8 + 1 parameters of four bytes, and adam keeps two for each.
    assert (told["dry_run"], told["dataset"], told["parameters"]) == (True, "xor", 33)
    memory = told["memory"]
    assert memory["parameters and gradients"] == 2 * 33 * 4
    assert memory["optimizer"] == 2 * 33 * 4
    # Inputs, dense(8), tanh, dense(1) and sigmoid of four samples.
    assert memory["outputs of a batch"] == 4 * (2 + 8 + 8 + 1 + 1) * 4
    assert memory["total"] == sum(memory[name] for name in memory if name not in ("total", "left"))
    assert told["steps"] == 200
    assert told["train_seconds"] == pytest.approx(200 * told["step_seconds"])


def test_data_network_and_settings_are_shown(glassnet, digits):
    outcome = glassnet("train", f'mnist(folder="{digits}")', "--batch-size", 30, "--epochs", 3, "--dry-run")
    assert outcome.code == 0
    assert "180 samples to train on, 20 to validate, 40 to test" in outcome.err
    assert re.search(r"1 +dense\(128\) +128 +100,480", outcome.err)
    assert "3 epochs of 6 batches of 30" in outcome.err
    assert re.search(r"time +about .*: 18 steps of", outcome.out)
    assert "nothing was written" in outcome.out


def test_nothing_is_written(glassnet, here):
    (here / "plan.toml").write_text(
        'layers = ["dense(8)", "tanh", "dense(1)", "sigmoid"]\ndataset = "xor"\nloss = "binary_crossentropy"\n'
        'optimizer = "adam"\nepochs = 5\ncallbacks = ["csv_history(path=\\"mine.csv\\")"]\n'
    )
    before = everything_in(here)
    for more in ((), ("--callbacks", 'csv_history(path="mine.csv")'), ("--out", "a/b")):
        assert glassnet("train", "plan.toml", "--dry-run", "--quiet", *more).code == 0
        assert everything_in(here) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lr", "-1"], "adam: lr must be > 0"),
        (["--layers", "dense(8) dense(3)"], "binary_crossentropy"),
        (["--callbacks", "early_stoping"], "did you mean 'early_stopping'"),
        (["--folds", "3"], "leave out --resume and --folds"),
    ],
)
def test_a_mistake_is_the_error_of_a_training(glassnet, here, options, message):
    outcome = glassnet("train", "xor", "--dry-run", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert not list(here.iterdir())


def test_a_folder_that_holds_a_run_is_refused(glassnet, trained_on_xor):
    before = everything_in(trained_on_xor)
    outcome = glassnet("train", "xor", "--dry-run", "--out", trained_on_xor)
    assert outcome.code == 2
    assert "already holds a run" in outcome.err
    assert everything_in(trained_on_xor) == before
