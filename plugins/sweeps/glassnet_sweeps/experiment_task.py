"""Trials that are runs of ``glassnet train``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_commands.data_files import as_found, as_recorded
from glassnet_commands.recorded_training import train_and_test
from glassnet_commands.termination import SIGNALS
from glassnet_commands.written_paths import as_placed
from glassnet_files.files import atomic_write
from glassnet_files.history_csv import read_epochs
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.folder_claim import Claim
from glassnet_persistence.run_files import HISTORY
from glassnet_sweeps.task import Task
from glassnet_sweeps.trial import DIVERGED, FINISHED, Trial
from glassnet_tables.table_source import Table, load_data

BASE = "base.toml"
# The data of the last trial of this process, which the next one mostly needs too.
_DATA: dict[tuple[str, float | None], gn.Dataset] = {}


@attrs.frozen(eq=False)
class ExperimentTask(Task):
    """Trains an experiment whose data have a name or are in a file.

    The folder of a trial is that which ``glassnet train`` writes with the same options, but for pictures.
    """

    def base(self) -> gn.Experiment:
        return _read(self.folder / BASE)

    def check(self, experiment: gn.Experiment) -> None:
        data = _loaded(experiment)
        network = _built(experiment, data)
        network.loader(data.test, experiment.loss, "test ")

    def train(self, trial: Trial, experiment: gn.Experiment, claimed: Claim) -> Trial:
        data = _loaded(experiment)
        network = _built(experiment, data)
        # What callbacks write goes into the folder of the trial: those of two trials would write the same file.
        placed = as_placed(experiment, claimed.path, frozenset(experiment.options), anywhere=False)
        ended = train_and_test(network, placed, data, claimed, profile=False, quiet=True, no_plots=True)
        result, history = ended.result, history_of(claimed.path)
        known: dict[str, Any] = {"figures": history[-1] if history else {}, "epochs": len(history)}
        known["seconds"] = result.get("train_seconds") or 0.0
        if result.get("diverged"):
            return attrs.evolve(trial, state=DIVERGED, reason=ended.message.removeprefix("error: "), **known)
        if result["interrupted"]:
            if os.getpid() == self.coordinator:
                raise SIGNALS[ended.exit_code - 128]
            return trial
        test = {name: value for name, value in result["test"].items() if not isinstance(value, list)}
        return attrs.evolve(trial, state=FINISHED, test=test, **known)


def write_base(folder: Path, experiment: gn.Experiment) -> None:
    """Write the experiment of a sweep, with paths that start from its folder."""
    recorded = experiment.replace(dataset=as_recorded(experiment.dataset, folder))
    atomic_write(folder / BASE, recorded.to_toml().encode())


def history_of(folder: Path) -> list[dict[str, float]]:
    """Return the figures of each completed epoch of a run."""
    path = folder / HISTORY
    if not path.is_file():
        return []
    return [{name: value for name, value in epoch.items() if name != "epoch"} for epoch in read_epochs(path)]


def _read(path: Path) -> gn.Experiment:
    experiment = gn.Experiment(**load_experiment(path))
    return experiment.replace(dataset=as_found(experiment.dataset, path.parent))


def _loaded(experiment: gn.Experiment) -> gn.Dataset:
    # A validation part of a table has transforms of its own.
    validation = experiment.validation if isinstance(experiment.dataset, Table) else None
    key = (repr(experiment.dataset), validation)
    if key not in _DATA:
        _DATA.clear()
        _DATA[key] = load_data(experiment.dataset, experiment.validation)
    return _DATA[key]


def _built(experiment: gn.Experiment, data: gn.Dataset) -> gn.Network:
    network = gn.Network(experiment.layers)
    network.build(data.train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
    return network
