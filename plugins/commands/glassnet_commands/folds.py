"""Cross-validation of a table: each row is predicted by a network that was trained without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_commands.echoed import echo
from glassnet_commands.fold_files import FoldFiles, remove_folds
from glassnet_commands.fold_task import Fold, FoldTask, folds_of, forget_tables, with_whole_path
from glassnet_commands.formatting import figure_text
from glassnet_commands.recorded_training import Ended
from glassnet_distributed import distributed
from glassnet_distributed.mpi_communicator import communicator
from glassnet_distributed.threads import share_cores
from glassnet_files.files import atomic_file
from glassnet_parallel.backends import backend as backend_of, runner
from glassnet_parallel.thread_pool import num_threads
from glassnet_persistence.run_files import write_json
from glassnet_tables.plan import Plan
from glassnet_tables.table_folds import TableFolds
from glassnet_tables.table_source import Table

FIGURES = "folds.json"
PREDICTIONS = "out_of_fold.csv"


@attrs.frozen(eq=False)
class Folds:
    """The result of a cross-validation.

    Attributes
    ----------
    figures
        Loss and metrics of each fold on the rows that it held out.
    """

    figures: list[dict[str, float]]

    def plain(self) -> dict[str, Any]:
        """Return mean, standard deviation and values of each figure, as JSON holds them."""
        return {
            name: {
                "mean": float(np.mean(values)),
                "std": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
                "values": values,
            }
            for name in self.figures[0]
            if (values := [float(each[name]) for each in self.figures if np.ndim(each[name]) == 0])
        }

    def recorded(self, ended: Ended, folder: Path) -> Ended:
        """Write the figures into the folder of a run, and add them to its result."""
        write_json(folder / FIGURES, self.plain())
        if ended.exit_code == 0:
            remove_folds(folder)
        return Ended({**ended.result, "folds": self.plain()}, ended.pictures, ended.exit_code, ended.message)


@attrs.frozen
class Validation:
    """A cross-validation that is asked for.

    Attributes
    ----------
    count
        The number of folds.
    jobs, backend
        How many are trained at a time, and what runs them.
    """

    count: int
    jobs: int = 1
    backend: str = "loky"

    def check(self, source: gn.DataSource) -> None:
        """Raise `OptionError` if data are not a table, or are ordered by time, or there is no such backend."""
        backend_of(self.backend)
        if not isinstance(source, Table):
            raise gn.OptionError(f"--folds is for tables, and the dataset is {source!r}; leave it out")
        if source.time is not None:
            raise gn.OptionError("--folds shuffles rows, and --time keeps their order; give one of them")
        if self.jobs > 1 and communicator().size > 1:
            raise gn.OptionError("the ranks of mpiexec divide the folds among themselves; leave --jobs out")


def cross_validate(
    experiment: gn.Experiment, wanted: Validation, folder: Path, quiet: bool, on_fold: Callable[[], None]
) -> Folds:
    """Train a network for each fold, with transforms that are fitted to its training rows, and test it on the others.

    The predictions for the rows that were held out are written into a folder. Folds that are done there already, since
    the cross-validation was broken off, are not trained again. `on_fold` is called after each fold.
    """
    files = FoldFiles.of(folder, experiment, wanted.count)
    experiment = with_whole_path(experiment)
    todo = [number for number in range(wanted.count) if files.figures(number) is None]
    for fold in _trained(experiment, wanted, todo):
        if fold is None:
            raise KeyboardInterrupt
        files.write(fold)
        on_fold()
        if not quiet:
            told = "  ".join(f"{name} {figure_text(value)}" for name, value in fold.figures.items())
            echo(f"fold {fold.number + 1}/{wanted.count}  {told}", err=True)
    # In files, and not in memory: a table may have more rows than fit.
    answered = [files.answers(number) for number in range(wanted.count)]
    _write_predictions(folder / PREDICTIONS, folds_of(experiment.dataset, wanted.count), answered)
    forget_tables()
    return Folds([files.figures(number) or {} for number in range(wanted.count)])


def help_to_validate(experiment: gn.Experiment, wanted: Validation) -> None:
    """Train this rank's part of the folds for rank 0."""
    _trained_by_ranks(with_whole_path(experiment), wanted, [])
    forget_tables()


def _trained(experiment: gn.Experiment, wanted: Validation, todo: list[int]) -> Iterator[Fold | None]:
    """Iterate over folds in the order in which they are done."""
    if communicator().size > 1:
        yield from _trained_by_ranks(experiment, wanted, todo)
        return
    chosen = backend_of(wanted.backend)
    threads = max(1, num_threads() // wanted.jobs) if chosen.is_here else None
    task = FoldTask(experiment, wanted.count, threads)
    with runner(chosen, min(wanted.jobs, max(1, len(todo))), "go on with fewer jobs: --resume DIR --jobs 1") as run:
        yield from run(task, todo)


def _trained_by_ranks(experiment: gn.Experiment, wanted: Validation, todo: list[int]) -> list[Fold | None]:
    ranks = communicator()
    share_cores(ranks)
    return distributed.divided(FoldTask(experiment, wanted.count), ranks.broadcast(todo))


def _write_predictions(path: Path, folds: TableFolds, answered: list[gn.Array]) -> None:
    """Write the ids, fold, target, prediction and probabilities of each row, in the order of the rows."""
    taken, row = [0] * len(answered), 1
    with atomic_file(path) as file:
        for frame, fold_of in folds.frames():
            outputs = np.empty((len(frame), *answered[0].shape[1:]))
            for fold, answers in enumerate(answered):
                is_held = fold_of == fold
                start, taken[fold] = taken[fold], taken[fold] + int(is_held.sum())
                outputs[is_held] = answers[start : taken[fold]]
            _predictions(folds.plan, frame, row, fold_of + 1, outputs).write_csv(file, include_header=row == 1)
            row += len(frame)


def _predictions(plan: Plan, frame: Any, first: int, fold_of: gn.Array, outputs: gn.Array) -> Any:
    import polars

    named = [name for name, role in plan.roles.items() if role.reason == "id"]
    columns: dict[str, Any] = {name: frame[name] for name in named}
    columns |= {} if named else {"row": np.arange(first, first + len(frame))}
    columns |= {"fold": fold_of, plan.target.name: frame[plan.target.name]}
    if not plan.target.classes:
        return polars.DataFrame({**columns, "prediction": outputs})
    labels = outputs.argmax(axis=1) if outputs.ndim == 2 else (outputs > 0.5).astype(np.int64)
    columns["prediction"] = [plan.target.classes[label] for label in labels]
    chances = {f"probability {name}": outputs[:, place] for place, name in enumerate(plan.target.classes)}
    return polars.DataFrame({**columns, **chances})
