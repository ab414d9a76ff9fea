"""``glassnet sweep``: its folder, its trials, what it prints, and what it refuses."""

import csv
from pathlib import Path

import pytest

FEW = ["--epochs", "6", "--quiet"]


def rows_of(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_a_trial_is_the_run_that_train_makes_with_these_options(glassnet, here):
    varied = ["--vary", "lr=0.05,0.5", "--vary", "dense[0].units=3,4"]
    assert glassnet("sweep", "xor", *varied, *FEW, "--out", "s").code == 0
    layers = "dense(3) tanh dense(1) sigmoid"
    glassnet("train", "xor", "--layers", layers, "--lr", "0.5", *FEW, "--no-plots", "--out", "run")
    for name in ("model.safetensors", "history.csv", "experiment.toml"):
        assert (here / "s/trial-002" / name).read_bytes() == (here / "run" / name).read_bytes()


def test_a_trial_is_repeated_from_its_experiment_file(glassnet, here):
    glassnet("sweep", "iris", "--vary", "batch_size=16,32", *FEW, "--out", "s", "--validation", "0.2")
    glassnet("train", "s/trial-001/experiment.toml", "--out", "again", "--no-plots", "--quiet")
    model = "model.safetensors"
    assert (here / "again" / model).read_bytes() == (here / "s/trial-001" / model).read_bytes()
    assert glassnet("evaluate", "s/trial-001").code == 0


def test_the_json_names_the_best_and_agrees_with_the_table(glassnet, here):
    found = glassnet("sweep", "xor", "--vary", "lr=0.001,0.3", *FEW, "--out", "s", "--json").plain
    assert (found["monitor"], found["mode"], found["states"]) == ("loss", "min", {"finished": 2})
    rows = rows_of(here / "s/sweep.csv")
    losses = [float(row["loss"]) for row in rows]
    assert found["best"] == losses.index(min(losses))
    assert losses == [each["figures"]["loss"] for each in found["trials"]]
    history = rows_of(here / "s/trial-001/history.csv")
    assert losses[1] == float(history[-1]["loss"])


def test_the_trials_of_a_sweep_are_runs_to_the_other_commands(glassnet):
    glassnet("sweep", "xor", "--vary", "lr=0.1,0.3", *FEW, "--out", "s")
    rows = glassnet("runs", "s", "--json").plain["runs"]
    assert [(row["run"], row["optimizer"]) for row in rows] == [
        ("trial-000", "adam(lr=0.1)"),
        ("trial-001", "adam(lr=0.3)"),
    ]


def test_trials_are_compared_by_another_figure(glassnet):
    varied = ["--vary", "lr=0.0001,0.1", "--validation", "0.3", "--monitor", "val_accuracy"]
    found = glassnet("sweep", "iris", *varied, "--epochs", "15", "--out", "s", "--json", "--quiet").plain
    scores = [each["figures"]["val_accuracy"] for each in found["trials"]]
    assert found["mode"] == "max"
    assert found["best"] == scores.index(max(scores)) == 1


def test_a_training_that_diverges_or_cannot_begin_ends_no_sweep(glassnet):
    varied = ["--vary", "lr=0.01,1e30", "--optimizer", "sgd", "--vary", "batch_size=4,2"]
    done = glassnet("sweep", "xor", *varied, *FEW, "--loss", "mse", "--layers", "dense(4) relu dense(1)", "--out", "s")
    assert done.code == 0
    states = {row["trial"]: row["state"] for row in rows_of(Path("s/sweep.csv"))}
    assert states == {"0": "finished", "1": "finished", "2": "diverged", "3": "diverged"}
    assert "diverged" in done.out
    assert "error" not in done.err


def test_a_sweep_in_which_nothing_finishes_answers_no(glassnet):
    varied = ["--vary", "lr=1e29,1e30", "--optimizer", "sgd"]
    done = glassnet("sweep", "xor", *varied, *FEW, "--loss", "mse", "--layers", "dense(4) relu dense(1)", "--out", "s")
    assert done.code == 1


def test_data_in_a_file_are_found_from_the_folder_of_a_trial(glassnet, here):
    rows = "\n".join(f"{number},{number % 7},{2 * number}" for number in range(60))
    (here / "rows.csv").write_text(f"a,b,c\n{rows}\n")
    done = glassnet("sweep", "rows.csv", "--target", "c", "--vary", "lr=0.001,0.01", *FEW, "--out", "s")
    assert done.code == 0
    assert glassnet("evaluate", "s/trial-000").code == 0


def test_options_of_the_data_vary_too(glassnet):
    found = glassnet("sweep", "moons", "--vary", "dataset.noise=0.0,0.4", *FEW, "--out", "s", "--json").plain
    assert found["trials"][0]["test"]["loss"] < found["trials"][1]["test"]["loss"]


def test_files_of_callbacks_are_in_the_folder_of_their_trial(glassnet, here):
    callbacks = ["--callbacks", "csv_history('mine.csv')"]
    assert glassnet("sweep", "xor", "--vary", "lr=0.1,0.2", *callbacks, *FEW, "--out", "s").code == 0
    assert not (here / "mine.csv").exists()
    assert all((here / "s" / trial / "mine.csv").is_file() for trial in ("trial-000", "trial-001"))


def test_a_finished_sweep_gets_more_trials(glassnet):
    varied = ["--vary", "lr=0.01..1:log", "--trials", "2"]
    first = glassnet("sweep", "xor", *varied, *FEW, "--out", "s", "--json").plain
    more = glassnet("sweep", "--resume", "s", "--trials", "4", "--json", "--quiet").plain
    assert len(more["trials"]) == 4
    assert more["trials"][:2] == first["trials"]
    assert len(glassnet("sweep", "--resume", "s", "--json", "--quiet").plain["trials"]) == 4
    journal = Path("s/journal.jsonl")
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if '"trial": 3' not in line))  # as if it was killed before
    assert len(glassnet("sweep", "--resume", "s", "--json", "--quiet").plain["trials"]) == 4
    whole = glassnet("sweep", "xor", "--vary", "lr=0.01..1:log", "--trials", "4", *FEW, "--out", "t", "--json").plain
    assert [each["figures"] for each in more["trials"]] == [each["figures"] for each in whole["trials"]]


def test_a_trial_that_ended_and_was_not_noted_comes_out_the_same(glassnet, here):
    glassnet("sweep", "xor", "--vary", "lr=0.1,0.2,0.3", *FEW, "--out", "s")
    journal = here / "s/journal.jsonl"
    files = [here / "s/trial-001" / name for name in ("model.safetensors", "history.csv", "experiment.toml")]
    before = [path.read_bytes() for path in files]
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if '"trial": 1, "state"' not in line))
    assert journal.read_text().count('"state"') == 2
    assert glassnet("sweep", "--resume", "s", "--quiet").code == 0
    assert journal.read_text().count('"state"') == 3
    assert [path.read_bytes() for path in files] == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["xor"], "say what varies"),
        ([], "give a dataset or an experiment file with --vary, or --resume DIR"),
        (["--resume", "here", "--vary", "lr=1,2"], "leave out --vary"),
        (["--resume", "nothing"], "does not hold a sweep"),
        (["xor", "--vary", "lr=1,2", "--monitor", "val_loss"], "hold out a part"),
        (["xor", "--vary", "lr=1,2", "--strategy", "gird"], "did you mean 'grid'"),
        (["xor", "--vary", "lr=1,2", "--backend", "lokky"], "did you mean 'loky'"),
        (["xor", "--vary", "dense[:].units=4,8"], r"with dense[:].units=4"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_leaves_nothing(glassnet, here, arguments, told):
    done = glassnet("sweep", *arguments)
    assert done.code == 2
    assert told in done.err
    assert list(here.iterdir()) == []


def test_a_folder_with_a_sweep_is_refused(glassnet):
    glassnet("sweep", "xor", "--vary", "lr=0.1,0.2", *FEW, "--out", "s")
    done = glassnet("sweep", "xor", "--vary", "lr=0.1,0.2", *FEW, "--out", "s")
    assert (done.code, "glassnet sweep --resume s" in done.err) == (2, True)


def test_a_trial_with_a_value_that_does_not_vary_is_a_damaged_file(glassnet, here):
    glassnet("sweep", "xor", "--vary", "optimizer=sgd,adam", "--epochs", "1", "--out", "s", "--quiet")
    journal = here / "s" / "journal.jsonl"
    journal.write_text(
        journal.read_text().replace('"settings": {"optimizer": "sgd"}', '"settings": {"optimizer": "x"}')
    )
    done = glassnet("sweep", "--resume", "s")
    assert done.code == 2
    assert "trial 0 has optimizer='x', which is not among the values that vary" in done.err
