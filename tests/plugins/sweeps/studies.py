"""Sweeps without trainings: the score of a trial is a function of its settings."""

import attrs

from glassnet_sweeps.space import space_of
from glassnet_sweeps.study import Study
from glassnet_sweeps.trial import FINISHED, Trial


def study_of(folder, vary, wanted, epochs=9, seed=0):
    return Study(space_of(vary), wanted, epochs, seed, "loss", 1, folder)


def ended(trial, loss, **told):
    return attrs.evolve(trial, **{"state": FINISHED, "figures": {"loss": loss}, **told})


def play(strategy, study, loss):
    """Run a strategy to its end, one trial after another; return the trials."""
    while len(study.trials) < study.wanted:
        settings = strategy.propose(study)
        if settings is None:
            break
        trial = Trial(len(study.trials), settings)
        study.trials.append(ended(trial, loss(settings)))
    return study.trials
