"""Histories: figures by name, as CSV and as a picture."""

import csv

import pytest

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
