"""The training of one fold of a cross-validation, in any process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_tables.table_folds import TableFolds
from glassnet_tables.table_source import Table

# The table of the last fold of this process, which the next one mostly needs too.
_TABLES: dict[tuple[Any, ...], TableFolds] = {}


@attrs.frozen(eq=False)
class Fold:
    """The result of a fold.

    Attributes
    ----------
    number
        Which fold, from 0.
    figures
        Loss and metrics on the rows that it held out.
    answers
        What the network answers for these rows, in their order.
    """

    number: int
    figures: dict[str, object]
    answers: gn.Array


@attrs.frozen(eq=False)
class FoldTask:
    """Trains the network of a fold, and tests it on the rows of the fold.

    Attributes
    ----------
    experiment
        What is trained; its dataset is a table.
    count
        The number of folds.
    threads
        The number of threads of another process than that which made the task, or None for what it would take.
    """

    experiment: gn.Experiment
    count: int
    threads: int | None = None
    _coordinator: int = attrs.Factory(os.getpid)

    def __call__(self, number: int) -> Fold | None:
        """Return the result of a fold; None if Ctrl-C breaks it off in a process beside the one that waits for it."""
        is_worker = os.getpid() != self._coordinator
        if is_worker and self.threads is not None:
            # Read at the first computation of a process.
            os.environ["GLASSNET_THREADS"] = str(self.threads)
        try:
            return self._trained(number)
        except KeyboardInterrupt:
            if is_worker:
                return None
            raise

    def _trained(self, number: int) -> Fold:
        train, test = folds_of(self.experiment.dataset, self.count).split(number)
        network = gn.Network(self.experiment.layers)
        network.build(train.x.shape[1:], seed=self.experiment.seed, dtype=self.experiment.dtype)
        network.fit(train, **self.experiment.training(), progress=False)
        return Fold(number, network.evaluate(test), train.preprocessing.answers(network.predict(test.x)))


def folds_of(source: gn.DataSource, count: int) -> TableFolds:
    """Return the folds of a table, which is read once in each process."""
    assert isinstance(source, Table)
    file = Path(os.path.expanduser(source.path)).stat()  # a worker of a cluster may outlive a version of the table
    key = repr(source), count, file.st_size, file.st_mtime_ns
    if key not in _TABLES:
        _TABLES.clear()
        _TABLES[key] = source.folds(count)
    return _TABLES[key]


def forget_tables() -> None:
    """Let go of the table of the last fold."""
    _TABLES.clear()


def with_whole_path(experiment: gn.Experiment) -> gn.Experiment:
    """Return an experiment that another process finds the table of, wherever it runs on this file system."""
    path = os.path.abspath(os.path.expanduser(experiment.dataset.path))  # type: ignore[attr-defined]
    return experiment.replace(dataset=experiment.dataset.replace(path=path))
