"""``glassnet runs``: the runs of a folder as a table."""

import csv
import json
import os
import re

import polars
import pytest
from click.shell_completion import BashComplete

import glassnet as gn
from glassnet_commands.command_line import COMPLETE_VARIABLE, glassnet as group, main
from tests.plugins.runs.conftest import write_run


def names(outcome):
    assert outcome.code == 0, outcome.err
    return [line.split()[0] for line in outcome.out.splitlines()[1:]]


@pytest.mark.usefixtures("runs")
def test_runs_are_listed_in_the_order_in_which_they_began(glassnet):
    outcome = glassnet("runs")
    assert names(outcome) == ["first", "sweep/trial-2", "third"]
    head, first, *_ = outcome.out.splitlines()
    assert " ".join(head.split()) == "run status dataset epochs seconds loss accuracy test_loss test_accuracy val_loss"
    assert " ".join(first.split()) == "first finished iris 2 1.2 0.5000 0.7500 0.6000 0.7000"


@pytest.mark.usefixtures("runs")
def test_json_has_all_columns(glassnet):
    first, second, third = json.loads(glassnet("runs", "--json").out)["runs"]
    assert first["began"][:10] in ("2023-11-14", "2023-11-15")
    assert {name: value for name, value in first.items() if name != "began"} == {
        "run": "first",
        "status": "finished",
        "dataset": "iris",
        "epochs": 2,
        "seconds": 1.25,
        "parameters": 1234,
        "seed": 1,
        "optimizer": "adam(lr=0.01)",
        "schedule": None,
        "batch_size": 16,
        "dtype": None,
        "layers": "dense(4) softmax",
        "loss": 0.5,
        "accuracy": 0.75,
        "test_loss": 0.6,
        "test_accuracy": 0.7,
        "findings": None,
    }
    assert second["findings"] == "overfitting"
    assert (third["status"], third["loss"]) == ("interrupted", None)


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["test_accuracy>0.9"], ["sweep/trial-2"]),
        (["test_accuracy>=0.7"], ["first", "sweep/trial-2"]),
        (["test_accuracy < 0.9"], ["first"]),
        (["accuracy!=0.75"], ["sweep/trial-2", "third"]),
        (["optimizer~SGD"], ["sweep/trial-2"]),
        (["dataset=iris", "seed<2"], ["first"]),
        (["status==interrupted"], ["third"]),
        (["val_loss>0"], ["sweep/trial-2"]),
    ],
)
def test_conditions_choose_rows(glassnet, conditions, expected):
    given = [argument for each in conditions for argument in ("--where", each)]
    assert names(glassnet("runs", *given)) == expected


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("test_loss", ["sweep/trial-2", "first", "third"]),
        ("-test_loss", ["first", "sweep/trial-2", "third"]),
        ("-loss", ["first", "sweep/trial-2", "third"]),  # NaN comes last both ways
        ("-seed", ["third", "sweep/trial-2", "first"]),
        ("optimizer", ["first", "third", "sweep/trial-2"]),
    ],
)
def test_rows_are_sorted_by_a_column(glassnet, column, expected):
    assert names(glassnet("runs", "--sort", column)) == expected


def test_columns_are_chosen(glassnet, runs):
    outcome = glassnet("runs", runs, "--columns", "run, layers")
    assert outcome.out.splitlines()[0].split() == ["run", "layers"]
    assert "findings" in glassnet("runs", runs, "--columns", "all").out.splitlines()[0]


def test_the_folder_of_a_run_has_a_row_for_each_epoch(glassnet, runs):
    outcome = glassnet("runs", runs / "sweep" / "trial-2", "--json")
    assert json.loads(outcome.out) == {
        "epochs": [
            {"epoch": 1, "loss": 0.8, "accuracy": 0.5, "val_loss": 0.9},
            {"epoch": 2, "loss": 0.25, "accuracy": 0.875, "val_loss": 0.5},
        ]
    }
    assert names(glassnet("runs", runs / "first", "--where", "loss<0.6")) == ["2"]


def test_csv_and_parquet_have_all_columns_of_runs_and_of_epochs(glassnet, runs):
    assert glassnet("runs", "--csv", "runs.csv", "--parquet", "runs.parquet", "--sort", "-seed").code == 0
    with open("runs.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == ["third", "sweep/trial-2", "first"]
    assert (rows[1]["val_loss"], rows[2]["val_loss"]) == ("0.5", "")
    frame = polars.read_parquet("runs.parquet")
    assert frame["test_accuracy"].to_list() == [None, 0.95, 0.7]
    assert frame["seed"].to_list() == [3, 2, 1]
    assert glassnet("runs", runs, "--epochs", "--parquet", "epochs.parquet").code == 0
    epochs = polars.read_parquet("epochs.parquet")
    assert epochs.select("run", "epoch", "loss").rows()[:3] == [
        ("first", 1, 0.9),
        ("first", 2, 0.5),
        ("sweep/trial-2", 1, 0.8),
    ]
    assert glassnet("runs", runs / "first", "--csv", "first.csv").code == 0
    with open("first.csv") as file:
        assert file.read() == "epoch,loss,accuracy\n1,0.9,0.5\n2,0.5,0.75\n"


@pytest.mark.usefixtures("runs")
def test_the_page_has_all_rows_and_loads_nothing(glassnet, tmp_path):
    assert glassnet("runs", "--html", "runs.html").code == 0
    text = (tmp_path / "runs.html").read_text()
    assert re.findall(r"""(?:src|href)=|https?:|url\(""", text) == []
    assert re.findall(r'<tr><td data-value="([^"]+)"', text) == ["first", "sweep/trial-2", "third"]
    assert "<b>moons" not in text
    assert "&lt;b&gt;moons&lt;/b&gt;" in text
    assert "{{" not in text
    # Losses 0.9 and 0.5 of the first run, on 120 x 24 pixels with a margin of 1.
    assert 'class="loss" points="0.0,1.0 120.0,23.0"' in text


def test_runs_that_were_recorded_from_python_and_broken_ones(glassnet, runs, tmp_path):
    network = gn.Network("dense(1)")
    x = [[0.0], [1.0]]
    network.fit(x, x, loss="mse", optimizer="sgd", epochs=2, folder=runs / "python", progress=False)
    (runs / "killed").mkdir()
    (runs / "killed" / "experiment.toml").write_text('format = 1\ndataset = "xor"\n')
    (runs / "killed" / ".lock").write_text("999999999")
    (runs / "live").mkdir()
    (runs / "live" / "experiment.toml").write_text('format = 1\ndataset = "xor"\n')
    (runs / "live" / ".lock").write_text(str(os.getpid()))
    write_run(runs / "wrong", 9, "epoch,loss\n1,abc\n", {"loss": 1.0})
    write_run(runs / "nan", 8, "epoch,loss\n1,1\n", diverged={"epoch": 1})
    outcome = glassnet("runs", "--json")
    found = {row["run"]: row["status"] for row in json.loads(outcome.out)["runs"]}
    assert found == {
        "first": "finished",
        "sweep/trial-2": "finished",
        "third": "interrupted",
        "python": "recorded",
        "killed": "broken off",
        "live": "running",
        "wrong": "damaged",
        "nan": "diverged",
    }
    assert "wrong/history.csv" in outcome.err


@pytest.mark.parametrize("lock", ["a pipe", "99999999999999999999999999", "0", "-1", "x"])
def test_a_lock_that_names_no_process_is_not_of_a_run(glassnet, runs, lock):
    if lock == "a pipe":
        os.mkfifo(runs / "first" / ".lock")
    else:
        (runs / "first" / ".lock").write_text(lock)
    rows = {row["run"]: row["status"] for row in json.loads(glassnet("runs", "--json").out)["runs"]}
    assert rows["first"] == "finished"


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "there is no folder nowhere"),
        (["--where", "accurac>1"], "did you mean 'accuracy'"),
        (["--where", "accuracy"], "'accuracy' is not a condition"),
        (["--sort", "-los"], "there is no column 'los'"),
        (["--columns", "run,lost"], "there is no column 'lost'"),
        (["--html", "runs.txt"], "name the file runs.html"),
        (["--parquet", "runs.csv"], "name the file runs.parquet"),
    ],
)
def test_mistakes_are_one_sentence(glassnet, arguments, words):
    outcome = glassnet("runs", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_a_folder_without_runs(glassnet, tmp_path):
    assert "has no runs" in glassnet("runs", tmp_path).err


@pytest.mark.usefixtures("runs")
def test_no_row_that_fulfils_the_conditions_is_said(glassnet):
    outcome = glassnet("runs", "--where", "accuracy>2")
    assert (outcome.code, outcome.out) == (0, "none of the runs fulfils the conditions\n")


def test_a_run_without_epochs_is_not_blamed_on_conditions(glassnet, runs):
    folder = runs / "first"
    (folder / "history.csv").write_text("epoch,loss\n")
    assert glassnet("runs", folder).out == f"there are no epochs in {folder}\n"


def test_columns_of_the_runs_are_completed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "xor", "--epochs", "2", "--quiet", "--no-plots"]) == 0
    complete = BashComplete(group, {}, "glassnet", COMPLETE_VARIABLE).get_completions
    assert [each.value for each in complete(["runs", "--sort"], "test_")] == ["test_loss", "test_accuracy"]
    assert [each.value for each in complete(["runs", "runs", "--where"], "dat")] == ["dataset"]
    assert complete(["runs", "nothing", "--sort"], "test_") == []
