"""Cross-validation of a table: each row is predicted by a network that was trained without it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_commands.echoed import echo
from glassnet_commands.formatting import figure_text
from glassnet_commands.recorded_training import Ended
from glassnet_files.files import atomic_file
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
        return Ended({**ended.result, "folds": self.plain()}, ended.pictures, ended.exit_code, ended.message)


def cross_validate(experiment: gn.Experiment, count: int, folder: Path, quiet: bool) -> Folds:
    """Train a network for each fold, with transforms that are fitted to its training rows, and test it on the others.

    The predictions for the rows that were held out are written into a folder.

    Raises
    ------
    OptionError
        If the data are not a table, or are ordered by time.
    """
    source = experiment.dataset
    if not isinstance(source, Table):
        raise gn.OptionError(f"--folds is for tables, and the dataset is {source!r}; leave it out")
    if source.time is not None:
        raise gn.OptionError("--folds shuffles rows, and --time keeps their order; give one of them")
    folds, figures = source.folds(count), []
    with tempfile.TemporaryDirectory(dir=folder) as outputs:
        for number, (train, test) in enumerate(folds.splits(), 1):
            network = gn.Network(experiment.layers)
            network.build(train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
            network.fit(train, **experiment.training(), progress=False)
            figures.append(network.evaluate(test))
            answers = train.preprocessing.answers(network.predict(test.x))
            np.save(Path(outputs, f"{number}.npy"), answers)
            if not quiet:
                told = "  ".join(f"{name} {figure_text(value)}" for name, value in figures[-1].items())
                echo(f"fold {number}/{count}  {told}", err=True)
        # In files, and not in memory: a table may have more rows than fit.
        answered = [np.load(Path(outputs, f"{number}.npy"), mmap_mode="r") for number in range(1, count + 1)]
        _write_predictions(folder / PREDICTIONS, folds, answered)
    return Folds(figures)


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
