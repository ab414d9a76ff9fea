"""How much each setting matters: PED-ANOVA, by Optuna."""

from __future__ import annotations

import math

import glassnet as gn
from glassnet_sweeps.optuna_library import asked, distribution, optuna
from glassnet_sweeps.study import Study
from glassnet_sweeps.trial import Trial

# With fewer trials, the best tenth is one of them.
_FEWEST = 10


def importance(study: Study) -> dict[str, float]:
    """Return the share of each setting in the differences between trials; empty if that is not known.

    A trial that diverged or failed counts as worse than all others. Only trials of one length are compared: of a
    strategy that sets the epochs, those that most trials have.
    """
    trials = _comparable(study)
    if len(trials) < _FEWEST or len(study.space) < 2:
        return {}
    try:
        library = optuna()
    except gn.MissingExtraError:
        return {}
    found = library.create_study(direction="minimize")
    ranks = _ranks(study, trials)
    settings = [each for each in study.space if len({repr(trial.settings[each.name]) for trial in trials}) > 1]
    distributions = {each.name: distribution(each) for each in settings}
    for trial, rank in zip(trials, ranks, strict=True):
        params = {each.name: asked(each, trial.settings[each.name]) for each in settings}
        found.add_trial(library.trial.create_trial(params=params, distributions=distributions, value=rank))
    evaluator = library.importance.PedAnovaImportanceEvaluator()
    shares = library.importance.get_param_importances(found, evaluator=evaluator)
    return {name: float(share) for name, share in shares.items() if math.isfinite(share)}


def _comparable(study: Study) -> list[Trial]:
    ended = [each for each in study.trials if each.has_ended]
    budgets = [study.budget(each) for each in ended]
    usual = max(set(budgets), key=budgets.count, default=0)
    return [each for each, budget in zip(ended, budgets, strict=True) if budget == usual]


def _ranks(study: Study, trials: list[Trial]) -> list[float]:
    """Return the ranks of the scores: the method asks for their order alone, and infinity has one too."""
    scores = [study.score(each) for each in trials]
    ordered = sorted(set(scores))
    return [float(ordered.index(score)) for score in scores]
