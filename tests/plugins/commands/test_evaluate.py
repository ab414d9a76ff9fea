"""``glassnet evaluate``."""

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main


def test_a_run_is_evaluated_on_its_own_data(glassnet, trained_on_digits, digits):
    outcome = glassnet("evaluate", trained_on_digits)
    assert outcome.code == 0
    shown = dict(line.split(maxsplit=1) for line in outcome.out.splitlines())
    assert shown["samples"] == "40"
    assert shown["dataset"] == f"mnist(folder={str(digits)!r})"
    test = gn.datasets.mnist(folder=str(digits)).load().test
    probabilities = gn.load(trained_on_digits / "model.safetensors").predict(test.x)
    assert float(shown["loss"]) == pytest.approx(-np.log(probabilities[np.arange(40), test.y]).mean(), abs=1e-4)
    assert float(shown["accuracy"]) == pytest.approx((probabilities.argmax(axis=1) == test.y).mean(), abs=1e-4)


def test_json_repeats_what_the_training_reported(glassnet, trained_on_xor):
    outcome = glassnet("evaluate", trained_on_xor, "--json")
    reported = json.loads((trained_on_xor / "summary.json").read_text())["test"]
    assert json.loads(outcome.out) == {
        "model": "runs/xor-1",
        "dataset": "xor",
        "samples": 4,
        "test": reported,
        **reported,
    }


def test_a_model_file_is_evaluated_on_the_data_that_are_named(glassnet, trained_on_xor):
    outcome = glassnet("evaluate", trained_on_xor / "model.safetensors", "xor")
    assert outcome.code == 0
    assert "accuracy  1.0000" in outcome.out


def test_a_model_file_without_named_data_is_refused(glassnet, trained_on_xor):
    outcome = glassnet("evaluate", trained_on_xor / "model.safetensors")
    assert outcome.code == 2
    assert "is a model file, which does not say what data it is for; name a dataset" in outcome.err


def test_loss_and_metrics_can_be_others_than_in_the_training(glassnet, trained_on_xor):
    outcome = glassnet("evaluate", trained_on_xor, "--loss", "mse", "--metrics", "mean_absolute_error", "--json")
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    error = gn.load(trained_on_xor / "model.safetensors").predict(x)[:, 0] - np.array([0, 1, 1, 0])
    expected = {"loss": (error**2).mean(), "mean_absolute_error": np.abs(error).mean()}
    assert json.loads(outcome.out)["test"] == pytest.approx(expected, rel=1e-5)


def test_data_of_another_shape_are_refused(glassnet, trained_on_digits):
    outcome = glassnet("evaluate", trained_on_digits, "xor")
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert "(batch, 28, 28, 1)" in outcome.err
    assert "(4, 2)" in outcome.err


def test_a_folder_that_is_no_run_is_refused(glassnet, here):
    (here / "empty").mkdir()
    outcome = glassnet("evaluate", "empty")
    assert outcome.code == 2
    assert outcome.err.startswith("error: empty is not a run: it has no model.safetensors")


def test_a_network_that_was_never_trained_needs_a_loss(glassnet, here):
    gn.Network("dense(1) sigmoid").build((2,)).save("fresh.safetensors")
    assert "needs a loss" in glassnet("evaluate", "fresh.safetensors", "xor").err
    outcome = glassnet("evaluate", "fresh.safetensors", "xor", "--loss", "bce", "--json")
    assert set(json.loads(outcome.out)["test"]) == {"loss"}


def test_a_confusion_matrix_is_evaluated_and_does_not_disturb_training(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "xor", "--epochs", "150", "--metrics", "accuracy confusion_matrix", "--out", "run"]) == 0
    assert "confusion_matrix [[2, 0], [0, 2]]" in capsys.readouterr().out
    assert "confusion_matrix" not in (tmp_path / "run" / "history.csv").read_text()
    assert main(["evaluate", "run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test"]["confusion_matrix"] == [[2, 0], [0, 2]]
    assert main(["evaluate", "run"]) == 0
    assert "confusion_matrix  [[2 0] [0 2]]" in capsys.readouterr().out


ROWS = [(20 + row, row % 7, "yes" if row % 2 else "no") for row in range(40)]


def table(path, header, rows):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")


@pytest.fixture
def trained_on_a_table(glassnet, here):
    table(here / "buy.csv", "age,visits,buy", ROWS)
    assert glassnet("train", "buy.csv", "--target", "buy", "--epochs", 1, "--out", "run", "--no-plots").code == 0
    return "run"


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("age,clicks,buy", ROWS, "no column 'visits'"),
        ("age,visits,bought", ROWS, "no column 'buy'"),
        ("age,visits,buy", [(age, visits, {"yes": "A", "no": "B"}[buy]) for age, visits, buy in ROWS],
         "has the classes A, B, and the network was trained on no, yes"),
    ],
)  # fmt: skip
def test_a_table_of_other_columns_or_classes_is_refused(glassnet, here, trained_on_a_table, header, rows, message):
    table(here / "other.csv", header, rows)
    outcome = glassnet("evaluate", trained_on_a_table, "other.csv")
    assert outcome.code == 2
    assert message in outcome.err


@pytest.mark.parametrize("what", ["other.csv", "table('other.csv', target='buy')", "csv('other.csv', 'buy')"])
def test_all_rows_of_another_table_count_in_any_order_of_columns(glassnet, here, trained_on_a_table, what):
    table(here / "other.csv", "note,buy,visits,age", [("x", buy, visits, age) for age, visits, buy in ROWS[:30]])
    outcome = glassnet("evaluate", trained_on_a_table, what, "--json")
    assert outcome.code == 0, outcome.err
    assert "note: the training had no column 'note': not used" in outcome.err
    found = json.loads(outcome.out)
    assert found["samples"] == 30
    # By hand: the mean and deviation of the rows that were trained on.
    net = gn.load(here / "run/model.safetensors")
    states = {each.name: each.states[-1] for each in net.preprocessing.features}
    rows = np.array([(age, visits) for age, visits, _ in ROWS[:30]], float)
    columns = [(rows[:, place] - states[name]["mean"]) / states[name]["std"] for place, name in enumerate(states)]
    answers = net.predict(np.stack(columns, axis=1).astype(np.float32)).argmax(axis=1)
    assert found["accuracy"] == np.mean(answers == [buy == "yes" for *_, buy in ROWS[:30]])
