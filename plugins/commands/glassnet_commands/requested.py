"""From what is asked for on the command line to an experiment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet.experiment import load_experiment
from glassnet.registry import registry
from glassnet.run_folder import EXPERIMENT

_NEEDED = ("layers", "loss", "optimizer")


def requested_experiment(what: str, settings: dict[str, Any]) -> tuple[gn.Experiment, gn.Dataset]:
    """Return an experiment and its data.

    Parameters
    ----------
    what
        A dataset, whose recipe is taken; or an experiment file, or the folder of a run.
    settings
        Options of the experiment that replace those of the recipe or the file.

    Raises
    ------
    GlassnetError
        When a name is unknown, an option is wrong, or the data cannot be loaded.
    """
    path = _experiment_file(what)
    if path is not None:
        content = load_experiment(path)
        try:
            experiment = gn.Experiment(**{**content, **settings})
        except gn.GlassnetError as error:
            error.add_note(f"in {path}")
            raise
        return experiment, experiment.dataset.load()
    source: gn.DataSource = gn.create("dataset", what)
    dataset = source.load()
    return gn.Experiment(**{**_recipe(source, dataset, settings), **settings, "dataset": source}), dataset


def _experiment_file(what: str) -> Path | None:
    """Return the file that `what` means, or None where it is a dataset. A dataset's own name is never a file."""
    if what.endswith(".toml"):
        return Path(what)
    if registry.has("dataset", what):
        return None
    if os.path.isfile(what):
        return Path(what)
    in_folder = os.path.join(what, EXPERIMENT)
    return Path(in_folder) if os.path.isfile(in_folder) else None


def _recipe(source: gn.DataSource, dataset: gn.Dataset, settings: dict[str, Any]) -> dict[str, Any]:
    if dataset.recipe is not None:
        return dict(dataset.recipe.options)
    missing = [f"--{name}" for name in _NEEDED if name not in settings]
    if missing:
        raise gn.OptionError(
            f"the dataset {source!r} brings no recipe of its own: say how to train on it with {', '.join(missing)}"
        )
    return {}
