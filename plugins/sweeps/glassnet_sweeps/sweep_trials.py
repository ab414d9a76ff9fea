"""The trials of a sweep, with what is asked of them: the best one, its network, a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_sweeps.experiment_task import history_of
from glassnet_sweeps.study import Study
from glassnet_sweeps.trial import Trial


@attrs.frozen(eq=False, repr=False)
class SweepTrials:
    """The trials of a sweep, as a table and as plain values.

    Attributes
    ----------
    study
        The settings that varied, and the trials.
    strategy
        What chose the settings, as a spec.
    """

    study: Study
    strategy: str

    @property
    def folder(self) -> Path:
        """The folder of the sweep, which has one for each trial."""
        return self.study.folder

    @property
    def trials(self) -> list[Trial]:
        """The trials, in the order in which they began."""
        return self.study.trials

    @property
    def best(self) -> Trial | None:
        """The best trial; None if no trial has finished."""
        return next(iter(self.study.ranked()), None)

    def history(self, trial: Trial | int) -> list[dict[str, float]]:
        """Return the figures of each epoch of a trial."""
        number = trial if isinstance(trial, int) else trial.number
        return history_of(self.folder / self.trials[number].name)

    def load(self, trial: Trial | int | None = None) -> gn.Network:
        """Return the network of a trial, by default of the best one.

        Raises
        ------
        OptionError
            If no trial has finished.
        """
        chosen = self.best if trial is None else trial if isinstance(trial, Trial) else self.trials[trial]
        if chosen is None:
            raise gn.OptionError(f"no trial of {self.folder} has finished, so there is no best network")
        network: gn.Network = gn.load(self.folder / chosen.name / "model.safetensors")
        return network

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each trial: number, settings, state, figures, test figures, epochs and seconds."""
        return [
            {
                "trial": each.number,
                **each.settings,
                "state": each.state,
                **each.figures,
                **{f"test_{name}": value for name, value in each.test.items()},
                "epochs_trained": each.epochs,
                "seconds": each.seconds,
            }
            for each in self.trials
        ]

    def to_frame(self) -> Any:
        """Return a pandas data frame with a row for each trial, which is the index.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        with gn.needs_extra("a data frame needs the package pandas", "data"):
            import pandas
        return pandas.DataFrame(self.rows()).set_index("trial")

    def as_plain(self) -> dict[str, Any]:
        """Return the sweep as JSON holds it."""
        study = self.study
        best = self.best
        return {
            "sweep": str(self.folder),
            "strategy": self.strategy,
            **{name: value for name, value in study.as_plain().items() if name not in ("sign", "trials")},
            "mode": "min" if study.sign > 0 else "max",
            "states": {state: sum(each.state == state for each in self.trials) for state in self._states()},
            "best": None if best is None else best.number,
            "importance": self.importance(),
            "trials": [attrs.asdict(each) | {"run": each.name} for each in self.trials],
        }

    def importance(self) -> dict[str, float]:
        """Return how much of the differences between trials is due to each setting, by PED-ANOVA; empty if not known.

        Watanabe, Bansal and Hutter (2023), PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary
        subspaces. It takes the extra ``sweep``.
        """
        from glassnet_sweeps.importance import importance

        return importance(self.study)

    def _states(self) -> list[str]:
        return list(dict.fromkeys(each.state for each in self.trials))
