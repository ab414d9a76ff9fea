"""The page of a sweep: one file, with every trial in every chart; where trainings diverged; what matters."""

import math
import re
from xml.etree import ElementTree

import attrs
import pytest

from glassnet_sweeps.importance import importance
from glassnet_sweeps.page.axis import Axis, axis_of
from glassnet_sweeps.page.page import to_html
from glassnet_sweeps.page.shown import Shown
from glassnet_sweeps.page.stability import sentences
from glassnet_sweeps.result import Sweep
from glassnet_sweeps.setting import Setting
from glassnet_sweeps.trial import DIVERGED, FAILED, Trial
from tests.plugins.sweeps.studies import ended, study_of


@pytest.fixture
def sweep(tmp_path):
    """Twelve trials: lr from 0.001 to 100, of which those from 3 on diverged; and one that failed."""
    study = study_of(tmp_path, {"lr": "0.001..100:log", "optimizer": ["adam", "sgd<&>"]}, 12)
    for number in range(12):
        lr = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 0.02][number]
        trial = Trial(number, {"lr": lr, "optimizer": ["adam", "sgd<&>"][number % 2]})
        if number == 11:
            trial = attrs.evolve(trial, state=FAILED, reason="it has a wrong shape")
        elif lr >= 3:
            trial = attrs.evolve(trial, state=DIVERGED, reason="the loss is nan")
        else:
            loss = abs(math.log10(lr) + 2) + 0.1
            trial = ended(trial, loss, test={"loss": loss}, epochs=3, seconds=0.5)
            rows = "\n".join(f"{epoch},{loss * (4 - epoch)}" for epoch in (1, 2, 3))
            (tmp_path / trial.name).mkdir()
            (tmp_path / trial.name / "history.csv").write_text(f"epoch,loss\n{rows}\n")
        study.trials.append(trial)
    return Sweep(study, "grid")


def section(page, title):
    return re.search(rf"<h2>{title}</h2>(.*?)</section>", page, re.DOTALL)[1]


def marked(text):
    return sorted(set(map(int, re.findall(r'data-trial="(\d+)"', text))))


def test_every_trial_is_in_every_chart(sweep):
    page = to_html(sweep)
    for title in ("Final figures", "Stability region", "Parallel coordinates", "Time", "Trials"):
        assert marked(section(page, title)) == list(range(12)), title
    curves = section(page, "Curves")
    lines = dict(re.findall(r'data-trial="(\d+)"[^>]*points="([^"]*)"', curves))
    assert {int(number) for number, points in lines.items() if points} == set(range(7))
    assert all(len(lines[str(number)].split()) == 3 for number in range(7))


def test_the_page_needs_no_other_file_and_has_a_dark_side(sweep):
    page = to_html(sweep)
    assert not re.search(r"https?:|<link|<img|src=|@import|url\(", page)
    assert "prefers-color-scheme: dark" in page
    assert "sgd<&>" not in page  # names are escaped


def test_the_pictures_are_well_formed(sweep):
    pictures = re.findall(r"<svg.*?</svg>", to_html(sweep), re.DOTALL)
    assert len(pictures) >= 6
    for picture in pictures:
        ElementTree.fromstring(picture)


def test_marks_say_how_a_trial_went(sweep):
    drawn = section(to_html(sweep), "Stability region")
    kinds = {int(number): kind for kind, number in re.findall(r'<g class="(\w+)" data-trial="(\d+)"', drawn)}
    assert [kinds[number] for number in range(12)] == ["finished"] * 7 + ["diverged"] * 4 + ["failed"]


def test_the_bound_of_stability_is_told(sweep):
    told = " ".join(sentences(Shown(sweep)))
    assert "Of 11 trainings, 4 diverged" in told
    assert "All with lr up to 1 were stable, and none from 3 on." in told


def test_a_loss_that_does_not_fall_below_its_first_step_is_not_stable(sweep, tmp_path):
    (tmp_path / "trial-006" / "record.json").write_text('{"samples": [[0, 2.0, [], []]]}')
    assert sweep.trials[6].figures["loss"] > 2.0
    assert Shown(sweep).kind(sweep.trials[6]) == "worse"
    (tmp_path / "trial-006" / "record.json").write_text('{"samples": [[0, 9.0, [], []]]}')
    assert Shown(sweep).kind(sweep.trials[6]) == "finished"


def test_the_best_is_the_lowest_loss_and_without_trials_there_is_none(sweep, tmp_path):
    assert sweep.best.settings["lr"] == 0.01
    assert "Best: trial 2, loss 0.1, with lr=0.01" in to_html(sweep)
    empty = Sweep(study_of(tmp_path, {"lr": [1, 2]}, 2), "grid")
    assert empty.best is None
    assert "No trial has ended yet." in to_html(empty)


def test_the_setting_that_decides_has_the_importance(tmp_path):
    study = study_of(tmp_path, {"lr": "0.001..1:log", "units": "1..64"}, 60)
    rng = study.rng
    for number in range(60):
        settings = study.space.at(rng.random(2))
        study.trials.append(ended(Trial(number, settings), (math.log10(settings["lr"]) + 2) ** 2))
    shares = importance(study)
    assert shares["lr"] > 0.8
    assert sum(shares.values()) == pytest.approx(1)


def test_few_trials_tell_nothing_of_importance(tmp_path):
    study = study_of(tmp_path, {"lr": [1, 2], "units": [1, 2]}, 4)
    study.trials = [ended(Trial(number, study.space.grid_at(number)), number) for number in range(4)]
    assert importance(study) == {}


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.0, 10.0], [0, 2, 4, 6, 8, 10]),
        ([0.5, 2.5], [0.5, 1.0, 1.5, 2.0, 2.5]),
        ([0.02, 0.98], [0.03, 0.1, 0.3, 1]),
        ([0.001, 10.0], [0.001, 0.01, 0.1, 1, 10]),
        ([1.0, math.nan, 3.0], [1, 1.5, 2, 2.5, 3]),
    ],
)
def test_axes_have_round_numbers(values, ticks):
    assert [float(text) for _, text in axis_of("loss", values).ticks()] == ticks


@pytest.mark.parametrize("values", [[0.5, 1e308], [-1e308, 1e308], [1e17, 1e17], [1e-320, 1.0], [1e-320, 1e-320]])
def test_an_axis_of_huge_and_tiny_numbers_has_ticks(values):
    axis = axis_of("loss", values)
    assert len(axis.ticks()) >= 2
    assert all(0 <= axis.place(value) <= 1 for value in values)
    assert axis.place(values[0]) <= axis.place(values[1])


def test_an_axis_of_whole_numbers_has_no_fractions():
    epochs = Axis(Setting("epoch", low=1, high=3, whole=True))
    assert epochs.ticks() == [(0.0, "1"), (0.5, "2"), (1.0, "3")]
