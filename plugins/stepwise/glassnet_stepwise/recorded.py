"""A recorded run, read from its folder: the network, the data, the options, and its last state."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.run.config import TrainingConfig
from glassnet_files.history_csv import read_epochs
from glassnet_persistence.checkpoint import saved_state
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.paths import with_paths
from glassnet_persistence.repeatable import check_repeatable
from glassnet_persistence.run_files import EXPERIMENT, FAULT, HISTORY, MODEL
from glassnet_persistence.run_state import RunState
from glassnet_tables.frames import is_rows
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.table_source import load_data

# Options of a training that a state holds under the names of `fit`.
_OPTIONS = ("loss", "optimizer", "batch_size", "metrics", "regularizer", "schedule", "seed", "callbacks")


@attrs.frozen(eq=False)
class Recorded:
    """What the folder of a run holds.

    Attributes
    ----------
    folder
        The folder.
    network
        The network as the run left it.
    state
        The last state that was saved.
    x, y
        The training data: a split and None, or what was given.
    options
        Those of `fit`, without folder and progress.
    """

    folder: Path
    network: gn.Network
    state: RunState
    x: Any
    y: Any
    options: dict[str, Any]

    @property
    def history(self) -> list[dict[str, float]]:
        """The figures of the recorded epochs."""
        path = self.folder / HISTORY
        epochs = read_epochs(path) if path.exists() else []
        return [{name: value for name, value in epoch.items() if name != "epoch"} for epoch in epochs]

    def fresh_network(self) -> gn.Network:
        """Return the network as the run began it."""
        network = gn.Network(self.network.layers)
        return network.build(self.network.input_shape, seed=self.options["seed"], dtype=self.network.dtype.name)


def read_run(folder: str | os.PathLike[str], x: Any, y: Any, **given: Any) -> Recorded:
    """Return what is recorded of a run; see `replay` for parameters and errors."""
    path = Path(folder)
    if not path.is_dir() or not (path / MODEL).exists():
        raise gn.FileError(f"{path} is not the folder of a run; give one that fit(folder=…) or glassnet train wrote")
    check_repeatable(path)
    state = saved_state(path)
    if state is None:
        told = f"; glassnet replay {path} explains the step in which it diverged" if (path / FAULT).exists() else ""
        raise gn.FileError(f"{path} holds no state of the run; it was broken off too early to be replayed{told}")
    began = state.get("began") or {}
    training = state["training"]
    options = {name: training[name] for name in _OPTIONS if training.get(name) is not None}
    options |= {"epochs": state["epochs"], "validation": training.get("validation")}
    if x is None:
        x, validation, class_weight = _dataset_of(path)
        options["validation"] = options["validation"] or validation
        options |= {} if class_weight is None else {"class_weight": class_weight}
    options |= {name: value for name, value in given.items() if value is not None}
    network = gn.load(path / MODEL)
    if y is None and isinstance(network.preprocessing, TablePreprocessing) and is_rows(x):
        options["target"] = network.preprocessing.target.name
    recorded = Recorded(path, network, state, x, y, options)
    if began.get("steps"):
        options["_began"] = began["steps"]
    return recorded


def _dataset_of(path: Path) -> tuple[gn.Split, gn.Split | None, str | None]:
    """Return the training and validation data, and the weights of classes, that the experiment file of a run names."""
    if not (path / EXPERIMENT).exists():
        raise gn.OptionError(
            f"the run in {path} does not name its data; give what fit() was given: gn.replay(run, step, x, y)"
        )
    described = load_experiment(path / EXPERIMENT)
    source: Any = gn.create("dataset", described["dataset"])
    data = with_paths(source, lambda name: str(path / name) if (path / name).exists() else name)
    loaded = load_data(data, described.get("validation"))  # type: ignore[arg-type]
    return loaded.train, loaded.validation, described.get("class_weight")


def callbacks_of(options: dict[str, Any]) -> list[Any]:
    """Return the callbacks of a training as a list, from a list or a text."""
    return list(TrainingConfig(loss="mse", optimizer="sgd", callbacks=options.get("callbacks", ())).callbacks)


def same_figures(one: dict[str, float], other: dict[str, float]) -> bool:
    """Tell whether the figures that both epochs have are the same."""
    return all(np.array_equal(one[name], other[name], equal_nan=True) for name in one if name in other)
