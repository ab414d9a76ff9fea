"""The folder of a run, read as far as it says anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_commands.data_files import read_environment
from glassnet_commands.examined_run import read_record
from glassnet_commands.saved_run import read_summary
from glassnet_files.history_csv import read_epochs
from glassnet_persistence.checkpoint import saved_state
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.run_files import ENVIRONMENT, EXPERIMENT, HISTORY, MODEL, RECORD, SUMMARY
from glassnet_persistence.run_state import RunState


@attrs.frozen(eq=False)
class RecordedRun:
    """What the folder of a run holds.

    Attributes
    ----------
    path
        The folder, as it was given.
    network
        The network as the run left it.
    experiment
        The contents of its experiment file; None for a run of `fit`.
    summary, environment, record
        The contents of the files of these names; empty if there is none.
    history
        The figures of each epoch.
    state
        The last state that was saved, or None.
    """

    path: Path
    network: gn.Network
    experiment: dict[str, Any] | None
    summary: dict[str, Any]
    environment: dict[str, Any]
    record: dict[str, Any]
    history: list[dict[str, float]]
    state: RunState | None

    @property
    def is_finished(self) -> bool:
        """Whether the run came to its end; one that diverged or was broken off did not."""
        if self.summary:
            return self.summary.get("interrupted") is False
        return self.state is None or self.state["epoch"] >= self.state["epochs"]

    @property
    def diverged(self) -> dict[str, Any] | None:
        """Where the run arrived at NaN or infinity, or None."""
        return self.summary.get("diverged") or self.record.get("diverged")

    def settings(self) -> dict[str, str]:
        """Return what the run was asked for, by name, as text; options of a component as ``optimizer.lr``."""
        if self.experiment is not None:
            experiment = gn.Experiment(**self.experiment)
            named = {name: value for name, value in experiment.options.items() if name != "dataset"}
        elif self.state is not None:
            named = {**self.state["training"], "epochs": self.state["epochs"]}
        else:
            named = {"layers": self.network.layers}
        return {name: text for key, value in named.items() for name, text in _flat(key, value).items()}

    def data(self) -> dict[str, str]:
        """Return what the run was trained on: the dataset, and fingerprints of the arrays."""
        contents = {} if self.state is None else self.state.get("contents", {})
        described = {"dataset": str(self.experiment["dataset"])} if self.experiment else {}
        return {**described, **{name: str(value) for name, value in contents.items() if value is not None}}

    def versions(self) -> dict[str, str]:
        """Return what the run depended on: Python, distributions, BLAS, the processor and the mode."""
        told = self.environment
        plain = {name: str(told[name]) for name in ("python", "system", "threads", "ranks", "mode") if name in told}
        listed = {
            name: " ".join(map(str, told[name])) for name in ("blas", "instructions", "accelerators") if name in told
        }
        return {**plain, **(told.get("distributions") or {}), **listed}

    def results(self) -> dict[str, float]:
        """Return the figures of the last epoch, and those on the test data."""
        last = self.history[-1] if self.history else {}
        test = self.summary.get("test") or {}
        plain = {f"test {name}": float("nan") if each is None else each for name, each in test.items()}
        return {**last, **{name: each for name, each in plain.items() if not isinstance(each, list)}}


def opened(path: Path) -> RecordedRun:
    """Read the folder of a run.

    Raises
    ------
    FileError, ModelFileError
        If there is none, or a file in it is damaged.
    """
    if not path.is_dir() or not (path / MODEL).is_file():
        raise gn.FileError(f"{path} is not the folder of a run: it has no {MODEL}; give one, such as runs/mnist-1")
    return RecordedRun(
        path=path,
        network=gn.load(path / MODEL),
        experiment=load_experiment(path / EXPERIMENT) if (path / EXPERIMENT).is_file() else None,
        summary=read_summary(path / SUMMARY),
        environment=read_environment(path / ENVIRONMENT),
        record=_record(path / RECORD),
        history=history_in(path / HISTORY),
        state=saved_state(path),
    )


def history_in(path: Path) -> list[dict[str, float]]:
    """Return the figures of each epoch; none if the file is missing."""
    epochs = read_epochs(path) if path.is_file() else []
    return [{name: value for name, value in epoch.items() if name != "epoch"} for epoch in epochs]


def _record(path: Path) -> dict[str, Any]:
    return read_record(path, None).as_plain() if path.is_file() else {}


def _flat(name: str, value: Any) -> dict[str, str]:
    """Return a value by its name; a list by its elements."""
    if isinstance(value, (list, tuple)):
        return {f"{name}[{number}]": str(each) for number, each in enumerate(value)}
    return {name: str(value)}
