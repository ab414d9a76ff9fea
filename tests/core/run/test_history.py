"""Histories: figures by name, as CSV and as a picture."""

import csv
import json

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import FileError
from glassnet.run.run_figures import History


@pytest.fixture
def history():
    made = History()
    made.append({"loss": 0.5, "accuracy": 0.75})
    made.append({"loss": 0.1, "accuracy": 1.0, "val_loss": 1 / 3})
    return made


def test_figures_are_lists_over_epochs(history):
    assert history["loss"] == [0.5, 0.1]
    assert list(history) == ["loss", "accuracy", "val_loss"]
    assert history["val_loss"][0] != history["val_loss"][0]  # not recorded in the first epoch: NaN
    assert "val_loss" in history
    assert "val_accuracy" not in history


def test_an_unknown_figure_is_a_key_error_that_helps(history):
    with pytest.raises(KeyError, match=r"no figure 'val_los', did you mean 'val_loss'\? .recorded: loss, accuracy"):
        history["val_los"]


# What Keras users write, and the name under which the figure is recorded.
ALIASES = {
    "acc": "accuracy",
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "rmse": "root_mean_squared_error",
    "MSE": "mean_squared_error",
    "R2": "r2",
}
METRICS = ["acc", "mse", "mae", "rmse", "r2"]


@pytest.fixture(scope="module")
def net():
    x = np.random.default_rng(0).integers(0, 2, (40, 3))
    net = gn.Network("dense(1)")
    net.fit(x, x[:, :1], loss="mse", optimizer="adam", validation=0.25, metrics=METRICS, progress=False)
    return net


@pytest.mark.parametrize("alias", ALIASES)
def test_the_error_for_an_alias_names_the_figure(net, alias):
    x = np.zeros((4, 3))
    for figures in (net.evaluate(x, x[:, :1]), net.history):
        with pytest.raises(KeyError, match=f"no figure '{alias}', did you mean '{ALIASES[alias]}'"):
            figures[alias]
    with pytest.raises(KeyError, match=f"no figure 'val_{alias}', did you mean 'val_{ALIASES[alias]}'"):
        net.history[f"val_{alias}"]


@pytest.mark.parametrize("alias", ["acc", "mse", "mae", "rmse"])
def test_callbacks_that_watch_an_alias_name_the_figure(alias):
    x = np.random.default_rng(0).integers(0, 2, (40, 3))
    known = {"validation": 0.25, "loss": "mse", "optimizer": "adam", "metrics": METRICS, "progress": False}
    watches = (
        {"callbacks": [f"early_stopping(monitor='val_{alias}')"]},
        {"schedule": f"reduce_on_plateau(monitor='val_{alias}')"},
    )
    for watch in watches:
        with pytest.raises(gn.OptionError, match=f"no figure 'val_{alias}', did you mean 'val_{ALIASES[alias]}'"):
            gn.Network("dense(1)").fit(x, x[:, :1], **known, **watch)


def test_the_figures_of_an_evaluation_are_a_dictionary(net):
    x = np.zeros((4, 3))
    measured = net.evaluate(x, x[:, :1], metrics="mae")
    assert isinstance(measured, dict)
    assert measured == dict(measured) == json.loads(json.dumps(measured))
    assert measured.get("mse") is None
    with pytest.raises(KeyError, match=r"no figure 'f1' .recorded: loss, mean_absolute_error.$"):
        measured["f1"]


def test_csv_keeps_every_digit(history, tmp_path):
    history.save_csv(tmp_path / "history.csv")
    rows = list(csv.DictReader((tmp_path / "history.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[1]["val_loss"]) == 1 / 3
    assert rows[0]["val_loss"] == ""


def test_the_picture_has_a_panel_for_each_figure(history, tmp_path):
    figure = history.plot(tmp_path / "history.png")
    assert [panel.get_title("left") for panel in figure.axes] == ["loss", "accuracy"]
    assert [line.get_label() for line in figure.axes[0].lines] == ["training", "validation"]
    assert (tmp_path / "history.png").read_bytes().startswith(b"\x89PNG")


def test_the_ending_of_a_picture_says_of_which_kind_it_is(history, tmp_path):
    history.plot(tmp_path / "history.SVG")
    assert b"<svg" in (tmp_path / "history.SVG").read_bytes()
    with pytest.raises(FileError, match=r"a picture cannot end in \.txt; choose one of .*eps, .*png.*svg"):
        history.plot(tmp_path / "history.txt")
    assert not (tmp_path / "history.txt").exists()
