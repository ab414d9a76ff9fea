"""From what is asked for on the command line to an experiment."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_commands.data_files import as_found
from glassnet_commands.given_dataset import given_dataset, has_reader
from glassnet_commands.step_size import with_step_size
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.run_files import EXPERIMENT
from glassnet_tables.readers import ONE_READER, Readers
from glassnet_tables.sample_files import rows_of_all
from glassnet_tables.table_source import load_data

# What a file may ask for. A step of the smallest network takes 20 us, so this takes six hours or more.
_MOST_STEPS = 10**9
_NEEDED = ("layers", "loss", "optimizer")


def requested_experiment(
    what: str,
    settings: dict[str, Any],
    of_dataset: dict[str, Any] | None = None,
    lr: float | None = None,
    readers: Readers = ONE_READER,
) -> tuple[gn.Experiment, gn.Dataset, frozenset[str]]:
    """Return an experiment, its data, and the names of the options that a file gave.

    Parameters
    ----------
    what
        A dataset, or a file that one reads, whose recipe is taken; or an experiment file, or the folder of a run.
    settings
        Options of the experiment that replace those of the recipe or the file.
    of_dataset
        Options of the dataset, such as the column of a table to predict.
    lr
        The step size of the optimizer.
    readers
        The processes that read the data together.

    Raises
    ------
    GlassnetError
        When a name is unknown, an option is wrong, or the data cannot be loaded.
    """
    of_dataset = of_dataset or {}
    from_file: frozenset[str] = frozenset()
    path = _experiment_file(what)
    if path is not None:
        try:
            experiment = _experiment_in(path, settings, of_dataset)
            from_file = frozenset(experiment.options) - settings.keys()
        except gn.GlassnetError as error:
            if str(path) not in str(error):
                error.add_note(f"in {path}")
            raise
        dataset = load_data(experiment.dataset, experiment.validation, readers)
        if "epochs" in from_file:
            _check_steps(path, experiment, rows_of_all(dataset.train))
    else:
        source = given_dataset(what, **of_dataset)
        dataset = load_data(source, settings.get("validation"), readers)
        experiment = gn.Experiment(**{**_recipe(source, dataset, settings), **settings, "dataset": source})
    if lr is not None:
        experiment = experiment.replace(optimizer=with_step_size(experiment.optimizer, lr))
    return experiment, dataset, from_file


def validation_of(training: dict[str, Any], data: gn.Dataset) -> Any:
    """Return what a training validates with: the part that was asked for, or else the dataset's own.

    Rows of a table that were asked for are a part already, which the transforms do not know.
    """
    is_part = data.validation is not None and data.train.preprocessing is not None
    return data.validation if is_part else training["validation"] or data.validation


def _experiment_in(path: Path, settings: dict[str, Any], of_dataset: dict[str, Any]) -> gn.Experiment:
    experiment = gn.Experiment(**{**load_experiment(path), **settings})
    source = as_found(experiment.dataset, path.parent).replace(**of_dataset)
    return experiment.replace(dataset=source)


def _check_steps(path: Path, experiment: gn.Experiment, samples: int) -> None:
    """Raise `OptionError` if a file asks for a training that takes many hours at the least."""
    steps = experiment.epochs * math.ceil(samples / experiment.batch_size)
    if steps > _MOST_STEPS:
        raise gn.OptionError(
            f"{path} asks for {steps:,} steps (epochs={experiment.epochs}), and a file may ask for {_MOST_STEPS:,}; "
            "give fewer epochs, or name them on the command line if you mean it: --epochs N"
        )


def _experiment_file(what: str) -> Path | None:
    """Return the file that `what` means, or None if it is a dataset, or data. A dataset's own name is never a file."""
    if what.endswith(".toml"):
        return Path(what)
    if registry.has("dataset", what):
        return None
    if os.path.isfile(what):
        return None if has_reader(what) else Path(what)
    in_folder = os.path.join(what, EXPERIMENT)
    return Path(in_folder) if os.path.isfile(in_folder) else None


def _recipe(source: gn.DataSource, dataset: gn.Dataset, settings: dict[str, Any]) -> dict[str, Any]:
    if dataset.recipe is not None:
        return dataset.recipe.options
    missing = [f"--{name}" for name in _NEEDED if name not in settings]
    if missing:
        raise gn.OptionError(
            f"the dataset {source!r} brings no recipe of its own: say how to train on it with {', '.join(missing)}"
        )
    return {}
