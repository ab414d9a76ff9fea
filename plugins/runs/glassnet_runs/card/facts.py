"""What a model card tells of a run, gathered from its folder and its data."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_commands.classification import answers
from glassnet_commands.data_files import read_environment
from glassnet_commands.evaluate import test_data
from glassnet_commands.saved_run import Saved, open_saved
from glassnet_files.history_csv import read_epochs
from glassnet_images.images import Images
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.run_files import ENVIRONMENT, EXPERIMENT, HISTORY
from glassnet_runs.card.spread import Spread, over_folds, over_seeds, standard_errors
from glassnet_tables.table_source import Table


@attrs.frozen(eq=False)
class Facts:
    """The facts of a card.

    Attributes
    ----------
    run, saved
        The folder, and the network with its summary.
    experiment, environment, epochs
        The contents of the files.
    source
        What the dataset says about itself, and where it is from; empty if it does not.
    test
        The test data; None if they cannot be read, and `problem` says why.
    measured, errors
        The figures on the test data, and their standard errors.
    folds, seeds
        The figures over the parts of a cross-validation, and over runs with other seeds.
    recalls
        The share of each class that is found, and how many test rows it has; the lowest share first.
    """

    run: Path
    saved: Saved
    experiment: dict[str, Any]
    environment: dict[str, Any]
    epochs: list[dict[str, float]]
    source: str = ""
    test: gn.Split | None = None
    problem: str = ""
    measured: dict[str, float] = attrs.field(factory=dict)
    errors: dict[str, float] = attrs.field(factory=dict)
    folds: dict[str, Spread] = attrs.field(factory=dict)
    seeds: dict[str, Spread] = attrs.field(factory=dict)
    recalls: list[tuple[str, float, int]] = attrs.field(factory=list)

    @property
    def summary(self) -> dict[str, Any]:
        """The contents of ``summary.json``."""
        return self.saved.summary

    @property
    def task(self) -> str:
        """``"classification"``, ``"regression"``, or empty if it is not known."""
        return str(self.summary.get("task") or "")

    @property
    def pictures(self) -> list[Path]:
        """The pictures of the run."""
        return sorted(self.run.glob("*.png"))


def facts_of(run: Path) -> Facts:
    """Return the facts of a run.

    Raises
    ------
    FileError
        If the folder does not hold a run of ``glassnet train``, or a file in it is damaged.
    """
    if not (run / EXPERIMENT).is_file():
        raise gn.FileError(f"{run} is not the folder of a run of glassnet train; give one, such as runs/mnist-1")
    saved = open_saved(run)
    history = run / HISTORY
    facts = Facts(
        run=run,
        saved=saved,
        experiment=load_experiment(run / EXPERIMENT),
        environment=read_environment(run / ENVIRONMENT),
        epochs=read_epochs(history) if history.is_file() else [],
        folds=over_folds(run),
        seeds=over_seeds(run),
    )
    return _with_test(facts)


def _with_test(facts: Facts) -> Facts:
    """Return the facts with what the test data tell, if they are still there."""
    recorded = {name: float(value) for name, value in (facts.summary.get("test") or {}).items() if np.ndim(value) == 0}
    try:
        source = _about(facts.saved.dataset)
        _, test = test_data(facts.saved, None, None)
    except gn.GlassnetError as error:
        return attrs.evolve(facts, problem=str(error), measured=recorded)
    network = facts.saved.network
    return attrs.evolve(
        facts,
        source=source,
        test=test,
        measured=recorded,
        errors=standard_errors(network, test),
        recalls=_recalls(facts, test),
    )


def _about(dataset: gn.DataSource) -> str:
    """Return the first paragraph of what a dataset says, and the last one, which names the source and the licence."""
    if isinstance(dataset, Table | Images):  # files of the user, of which the docstring knows nothing
        return ""
    paragraphs = [" ".join(part.split()) for part in (inspect.getdoc(type(dataset)) or "").split("\n\n")]
    told = [part for part in paragraphs if part.startswith("Source:")]
    return " ".join([*paragraphs[:1], *told[:1]])


def _recalls(facts: Facts, test: gn.Split) -> list[tuple[str, float, int]]:
    network = facts.saved.network
    if facts.task != "classification" or len(network.output_shape) != 1:
        return []
    answered = answers(network, test, facts.saved.classes)
    found = []
    for label, name in enumerate(answered.classes):
        rows = answered.true == label
        if rows.any():
            found.append((name, float((answered.predicted[rows] == label).mean()), int(rows.sum())))
    return sorted(found, key=lambda each: each[1])
