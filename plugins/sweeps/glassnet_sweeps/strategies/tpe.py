"""Settings near those that were good."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_sweeps.optuna_library import answered, distribution, optuna
from glassnet_sweeps.study import Study
from glassnet_sweeps.trial import Trial

JOURNAL = "optuna.journal"
_NAME = "sweep"


class TPE(gn.Strategy):
    """Proposes settings that are likely among the good ones, unlikely among the others, by Optuna.

    Bergstra, Bardenet, Bengio and Kegl (2011), Algorithms for hyper-parameter optimization: the tree-structured Parzen
    estimator. The first trials are random. It takes the extra ``sweep``; what Optuna knows is in ``optuna.journal`` in
    the folder of the sweep, which ``optuna-dashboard`` reads.
    """

    startup: int = gn.option(10, ge=1, help="random trials before the first proposal")

    def propose(self, study: Study) -> dict[str, Any] | None:
        library = optuna()
        found = _study(library, study)
        # One sampler for each trial: then a sweep that was broken off goes on as without the break.
        seed = int(study.rng.integers(2**31))
        found.sampler = library.samplers.TPESampler(seed=seed, n_startup_trials=self.startup, multivariate=True)
        known = found.get_trials(deepcopy=False)
        for trial, mine in zip(known, study.trials, strict=False):
            if mine.has_ended and not trial.state.is_finished():
                _tell(found, study, mine)
        if len(known) > len(study.trials):  # asked for by a process that was killed before it noted the answer
            asked = known[len(study.trials)].params
        else:
            asked = found.ask({each.name: distribution(each) for each in study.space}).params
        return {each.name: answered(each, asked[each.name]) for each in study.space}


def _study(library: Any, study: Study) -> Any:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(study.folder / JOURNAL)))
    return library.create_study(storage=storage, study_name=_NAME, direction="minimize", load_if_exists=True)


def _tell(found: Any, study: Study, trial: Trial) -> None:
    """Tell Optuna the score of a trial; one that diverged counts as worse than all others so far."""
    score: float | None = study.score(trial)
    if score == float("inf"):
        worst = [study.score(each) for each in study.ranked()]
        score = max(worst) + abs(max(worst)) + 1 if worst else None
    if score is None:
        found.tell(trial.number, state=optuna().trial.TrialState.FAIL)
    else:
        found.tell(trial.number, score)
