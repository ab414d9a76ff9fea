"""The journal: lines of several processes, and lines that were torn by a kill."""

import math
import threading
from concurrent.futures.process import BrokenProcessPool

import pytest

import glassnet as gn
from glassnet_parallel.backends import results_of
from glassnet_sweeps.course import Course
from glassnet_sweeps.journal import JOURNAL, Journal
from glassnet_sweeps.task import Task
from glassnet_sweeps.trial import DIVERGED, FINISHED, RUNNING, Trial
from tests.plugins.sweeps.studies import ended


def begun(folder):
    journal = Journal(folder)
    journal.begin({"strategy": "grid"})
    return journal


def test_a_trial_comes_back_as_it_was_noted(tmp_path):
    journal = begun(tmp_path)
    trial = Trial(0, {"lr": 0.1, "optimizer": "adam(beta1=0.5)", "bias": False})
    journal.started(trial)
    assert journal.trials() == [trial]
    known = ended(trial, 0.25, test={"accuracy": 0.5}, epochs=3, seconds=1.5)
    journal.ended(known)
    assert journal.trials() == [known]


def test_a_figure_that_is_not_finite_comes_back_as_nan(tmp_path):
    journal = begun(tmp_path)
    trial = Trial(0, {"lr": 1e9})
    journal.started(trial)
    journal.ended(ended(trial, math.inf, state=DIVERGED, reason="the loss is inf"))
    found = journal.trials()[0]
    assert found.state == DIVERGED
    assert math.isnan(found.figures["loss"])


@pytest.mark.parametrize("torn", ['{"trial": 1, "sett', '{"trial"', "{"])
def test_a_torn_line_is_skipped_and_the_next_one_is_whole(tmp_path, torn):
    journal = begun(tmp_path)
    journal.started(Trial(0, {"lr": 0.1}))
    with (tmp_path / JOURNAL).open("a") as file:
        file.write(torn)
    journal.ended(ended(Trial(0, {"lr": 0.1}), 0.5))
    journal.started(Trial(1, {"lr": 0.2}))
    assert [(each.number, each.state) for each in journal.trials()] == [(0, FINISHED), (1, RUNNING)]


def test_writers_at_the_same_time_lose_nothing(tmp_path):
    journal = begun(tmp_path)
    for number in range(40):
        journal.started(Trial(number, {"lr": number}))

    def end(numbers):
        for number in numbers:
            Journal(tmp_path).ended(ended(Trial(number, {}), float(number)))

    writers = [threading.Thread(target=end, args=(range(first, 40, 4),)) for first in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert [each.figures["loss"] for each in journal.trials()] == list(range(40))


def test_a_folder_without_a_sweep_is_told(tmp_path):
    with pytest.raises(gn.FileError, match=r"has no journal\.jsonl"):
        Journal(tmp_path).description()


def test_a_journal_of_a_newer_version_is_told(tmp_path):
    (tmp_path / JOURNAL).write_text('{"format": 99}\n')
    with pytest.raises(gn.FileError, match="upgrade glassnet"):
        Journal(tmp_path).description()


@pytest.mark.parametrize("first", ['{"format": 1}', '{"format": 1, "space": [{"name": 3}], "strategy": "grid"}'])
def test_a_damaged_first_line_is_told(tmp_path, first):
    (tmp_path / JOURNAL).write_text(first + "\n")
    with pytest.raises(gn.FileError, match="is damaged"):
        Course.resumed(Task(tmp_path), None)


def test_lines_that_are_not_of_a_trial_are_skipped(tmp_path):
    journal = begun(tmp_path)
    with (tmp_path / JOURNAL).open("a") as file:
        file.write('{"trial": "../x", "settings": {}}\n[1]\n{"trial": 0, "settings": 3}\n')
    assert journal.trials() == []


def test_a_process_that_is_killed_is_told():
    def broken():
        yield Trial(0, {})
        raise BrokenProcessPool("a worker was terminated")

    with pytest.raises(gn.OutOfMemoryError, match="go on with fewer jobs"):
        list(results_of(broken(), "go on with fewer jobs"))


@pytest.mark.parametrize(
    "line",
    [
        '{"trial": 0, "state": "finished", "figures": {"loss": "low"}}',
        '{"trial": 0, "state": "finished", "figures": [1]}',
        '{"trial": 0, "state": "finished", "seconds": "1"}',
        '{"trial": 0, "state": "done"}',
        '{"trial": 0, "state": "failed", "reason": 3}',
    ],
)
def test_an_outcome_of_another_type_is_a_damaged_file(tmp_path, line):
    journal = begun(tmp_path)
    journal.started(Trial(0, {"lr": 0.1}))
    with (tmp_path / JOURNAL).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(gn.FileError, match=r"journal\.jsonl, trial 0, is damaged.*start a new sweep"):
        journal.trials()


@pytest.mark.parametrize("change", [{"trials": 0}, {"seed": -1}, {"sign": 2}, {"monitor": None}, {"space": {}}])
def test_a_first_line_out_of_bounds_is_a_damaged_file(tmp_path, change):
    good = {"space": [], "strategy": "grid", "trials": 2, "epochs": 3, "seed": 0, "monitor": "loss", "sign": 1}
    Journal(tmp_path).begin(good)
    assert Journal(tmp_path).description()["trials"] == 2
    (tmp_path / JOURNAL).unlink()
    Journal(tmp_path).begin(good | change)
    with pytest.raises(gn.FileError, match=r"the first line of .* is damaged"):
        Journal(tmp_path).description()


def test_a_line_that_is_nested_too_deeply_is_skipped(tmp_path):
    journal = begun(tmp_path)
    with (tmp_path / JOURNAL).open("a") as file:
        file.write("[" * 100_000 + "\n")
    journal.started(Trial(0, {"lr": 0.1}))
    assert [each.number for each in journal.trials()] == [0]


def test_a_trial_that_never_began_is_a_damaged_file(tmp_path):
    journal = begun(tmp_path)
    journal.started(Trial(1, {"lr": 0.1}))
    with pytest.raises(gn.FileError, match="does not say how trial 0 began; start a new sweep"):
        journal.trials()


@pytest.mark.parametrize(("settings", "name"), [({"lr": 0.1, "x": 1}, "x"), ({}, "lr"), ({"x": 0.1}, "lr")])
def test_trials_with_settings_of_other_names_are_a_damaged_file(tmp_path, settings, name):
    journal = begun(tmp_path)
    journal.started(Trial(0, {"lr": 0.1}))
    journal.started(Trial(1, settings))
    with pytest.raises(gn.FileError, match=f"of the trials 0 and 1, one alone has '{name}'; start a new sweep"):
        journal.trials()
