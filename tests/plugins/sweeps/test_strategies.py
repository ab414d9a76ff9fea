"""The strategies: which settings they choose, and in which order."""

import itertools
import math

import attrs
import numpy as np
import pytest
from scipy.stats import qmc

import glassnet as gn
from glassnet_sweeps.space import space_of
from glassnet_sweeps.trial import DIVERGED, Trial
from tests.plugins.sweeps.studies import ended, play, study_of

UNIT = {"x": "0..1.0", "y": "0..1.0"}


def test_a_grid_has_every_combination_once(tmp_path):
    study = study_of(tmp_path, {"a": [1, 2, 3], "b": ["u", "v"]}, 6)
    found = play(gn.strategies.grid(), study, lambda settings: 0.0)
    assert [tuple(each.settings.values()) for each in found] == list(itertools.product([1, 2, 3], ["u", "v"]))


def test_a_grid_refuses_fewer_trials_than_it_has():
    with pytest.raises(gn.OptionError, match="the grid has 6 combinations, and trials=5"):
        gn.strategies.grid().total(space_of({"a": [1, 2, 3], "b": [1, 2]}), 5)


def test_random_draws_no_combination_twice_and_ends_when_all_are_drawn(tmp_path):
    study = study_of(tmp_path, {"a": [1, 2, 3], "b": [1, 2]}, 50)
    found = play(gn.strategies.random(), study, lambda settings: 0.0)
    assert sorted(tuple(each.settings.values()) for each in found) == list(itertools.product([1, 2, 3], [1, 2]))


def test_random_draws_are_those_of_the_seed_and_spread_evenly(tmp_path):
    found = [
        play(gn.strategies.random(), study_of(tmp_path, UNIT, 200, seed=seed), lambda s: 0.0) for seed in (1, 1, 2)
    ]
    assert found[0] == found[1]
    assert found[0] != found[2]
    drawn = np.array([each.settings["x"] for each in found[0]])
    # The mean of 200 uniform numbers has a standard deviation of 0.02.
    assert abs(drawn.mean() - 0.5) < 0.08
    assert np.histogram(drawn, 4, (0, 1))[0].min() > 25


def test_sobol_takes_the_points_of_scipy_in_their_order(tmp_path):
    study = study_of(tmp_path, UNIT, 16, seed=5)
    found = play(gn.strategies.sobol(), study, lambda settings: 0.0)
    points = np.array([list(each.settings.values()) for each in found])
    assert np.allclose(points, qmc.Sobol(2, rng=5).random(16), atol=1e-3)
    assert qmc.discrepancy(points) < 0.01


def test_halving_keeps_the_best_third_for_three_times_as_long(tmp_path):
    study = study_of(tmp_path, {"x": "0..1.0"}, 13, epochs=9)
    assert gn.strategies.halving().total(study.space, 9) == 9 + 3 + 1
    found = play(gn.strategies.halving(), study, lambda settings: settings["x"])
    assert [each.settings["epochs"] for each in found] == [1] * 9 + [3] * 3 + [9]
    drawn = sorted(each.settings["x"] for each in found[:9])
    assert sorted(each.settings["x"] for each in found[9:12]) == drawn[:3]
    assert found[12].settings["x"] == drawn[0]


def test_halving_goes_on_with_those_that_did_not_diverge(tmp_path):
    study = study_of(tmp_path, {"x": "0..1.0"}, 13)
    halving = gn.strategies.halving()
    for number in range(9):
        trial = Trial(number, halving.propose(study))
        is_good = number in (2, 5)
        study.trials.append(ended(trial, 1.0 / (number + 1)) if is_good else attrs.evolve(trial, state=DIVERGED))
    kept = [study.trials[5].settings["x"], study.trials[2].settings["x"]]
    found = play(halving, study, lambda settings: settings["x"])
    assert [each.settings["x"] for each in found[9:11]] == kept
    assert len(found) == 11


def test_halving_waits_for_its_round(tmp_path):
    study = study_of(tmp_path, {"x": "0..1.0"}, 4)
    halving = gn.strategies.halving()
    study.trials = [Trial(number, {"x": 0.1 * number, "epochs": 3}) for number in range(3)]
    study.wanted = halving.total(study.space, 3)
    assert halving.propose(study) is None


def test_halving_sets_the_epochs_itself():
    with pytest.raises(gn.OptionError, match="do not vary them"):
        gn.strategies.halving().total(space_of({"epochs": [1, 2]}), 9)


def loss(settings):
    """Lowest at lr = 0.01 with the optimizer b."""
    return (math.log10(settings["lr"]) + 2) ** 2 + (settings["optimizer"] == "a")


SEARCHED = {"lr": "1e-5..10:log", "optimizer": ["a", "b"]}


def test_tpe_comes_nearer_to_the_best_than_random_draws(tmp_path):
    far = []
    for strategy in (gn.strategies.tpe(startup=8), gn.strategies.random()):
        study = study_of(tmp_path, SEARCHED, 40)
        found = play(strategy, study, loss)
        far.append(np.mean([loss(each.settings) for each in found[20:]]))
    assert far[0] < 0.5 * far[1]


def test_optuna_reads_what_tpe_keeps_in_the_folder(tmp_path):
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    study = study_of(tmp_path, SEARCHED, 6)
    found = play(gn.strategies.tpe(), study, loss)
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "optuna.journal")))
    known = optuna.load_study(study_name="sweep", storage=storage).trials
    # Of the last trial, the score is told when the next one is asked for.
    assert [each.value for each in known[:5]] == [loss(each.settings) for each in found[:5]]
    assert [each.params["lr"] for each in known] == [each.settings["lr"] for each in found]


def test_tpe_goes_on_as_without_a_break(tmp_path):
    whole = study_of(tmp_path / "whole", SEARCHED, 14)
    broken = study_of(tmp_path / "broken", SEARCHED, 14)
    for study in (whole, broken):
        study.folder.mkdir()
    play(gn.strategies.tpe(startup=4), whole, loss)
    broken.wanted = 9
    play(gn.strategies.tpe(startup=4), broken, loss)
    # Asked for, and killed before the answer was noted.
    lost = gn.strategies.tpe(startup=4).propose(broken)
    broken.wanted = 14
    play(gn.strategies.tpe(startup=4), broken, loss)
    assert broken.trials[9].settings == lost
    assert broken.trials == whole.trials


def test_a_trial_that_diverged_counts_as_the_worst_for_tpe(tmp_path):
    study = study_of(tmp_path, SEARCHED, 30)
    tpe = gn.strategies.tpe(startup=8)
    while len(study.trials) < 30:
        trial = Trial(len(study.trials), tpe.propose(study))
        has_diverged = trial.settings["lr"] > 0.1
        study.trials.append(attrs.evolve(trial, state=DIVERGED) if has_diverged else ended(trial, loss(trial.settings)))
    assert np.mean([each.settings["lr"] > 0.1 for each in study.trials[20:]]) < 0.2
