"""Strategies, rules, transforms and augmentations in which one thing is wrong."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_testing import report_on


class Latin(gn.Strategy):
    """A place at random. Source: by definition."""

    def propose(self, study):
        return study.space.at(study.rng.random(len(study.space)))


class OfTheProcess(Latin):
    """Takes random numbers of the process. Source: none."""

    def propose(self, study):
        return study.space.at(np.random.random(len(study.space)))


class Remembers(Latin):
    """Counts on the class. Source: none."""

    seen = [0]

    def propose(self, study):
        self.seen[0] += 1
        return study.space.at(np.full(len(study.space), self.seen[0] % 10 / 10))


class LeavesOneOut(Latin):
    """Forgets a setting. Source: none."""

    def propose(self, study):
        settings = super().propose(study)
        settings.popitem()
        return settings


def test_a_strategy_of_random_places_is_right():
    assert report_on(Latin).passed


@pytest.mark.parametrize("wrong", [OfTheProcess, Remembers])
def test_a_strategy_that_cannot_go_on_from_its_journal_is_found(caught, wrong):
    caught(wrong, "a_sweep_can_be_continued")


def test_a_strategy_that_leaves_a_setting_out_is_found(caught):
    caught(LeavesOneOut, "proposals_are_in_the_space")


class Suspicious(gn.Rule):
    """Finds fault with everything. Source: none."""

    def examine(self, case):
        yield self.finding(0.9, "the network", "it is one", "none")


class BelowZero(gn.Rule):
    """Finds inputs below zero, which some good data have. Source: by definition."""

    def examine(self, case):
        if case.inputs.min() < 0:
            yield self.finding(0.9, "the inputs", "some are below zero", "np.abs(x)")


def test_a_rule_that_finds_fault_with_everything_is_found(caught):
    caught(Suspicious, "healthy_trainings_have_no_finding")


def test_a_rule_about_some_inputs_is_right():
    assert report_on(BelowZero).passed


class FillsInPlace(gn.Transform):
    """Writes into the rows of the user where a value is missing. Source: none."""

    takes = "numbers"

    def fit(self, values):
        return {}

    def transform(self, values, state):
        values[np.isnan(values)] = 0
        return values * 2.0


class IgnoresItsScale(gn.Transform):
    """Has an option for nothing. Source: none."""

    takes = "numbers"
    scale: float = gn.option(2.0, gt=0, help="what is divided by")

    def fit(self, values):
        return {}

    def transform(self, values, state):
        return values / 2.0


def test_a_transform_that_fills_the_users_rows_is_found(caught):
    caught(FillsInPlace, "values_stay_as_they_are")


def test_a_transform_with_an_idle_option_is_found(caught):
    caught(IgnoresItsScale, "each_option_counts")


class Noise(gn.Augmentation):
    """Adds noise. Source: by definition."""

    std: float = gn.option(0.1, gt=0, help="standard deviation")

    def apply(self, x, rng):
        return (x + rng.normal(0, self.std, x.shape)).astype(x.dtype)


class FixedNoise(Noise):
    """Has an option for nothing. Source: none."""

    def apply(self, x, rng):
        return (x + rng.normal(0, 0.1, x.shape)).astype(x.dtype)


class MixesSilently(Noise):
    """Mixes images, and leaves their targets. Source: none."""

    def apply(self, x, rng):
        return (x + self.std * x[rng.permutation(len(x))]).astype(x.dtype)


def test_an_augmentation_by_noise_is_right():
    assert report_on(Noise).passed


def test_an_augmentation_with_an_idle_option_is_found(caught):
    caught(FixedNoise, "each_option_counts")


def test_an_augmentation_that_mixes_without_the_targets_is_found(caught):
    caught(MixesSilently, "samples_are_kept_apart")
