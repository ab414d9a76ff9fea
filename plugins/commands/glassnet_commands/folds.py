"""Cross-validation of a table: each row is predicted by a network that was trained without it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_commands.echoed import echo
from glassnet_commands.formatting import figure_text
from glassnet_commands.recorded_training import Ended
from glassnet_persistence.run_files import write_json
from glassnet_tables.plan import Plan
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
    predictions
        The ids, fold, target, prediction and probabilities of each row, in the order of the rows.
    """

    figures: list[dict[str, float]]
    predictions: Any

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
        """Write figures and predictions into the folder of a run, and add the figures to its result."""
        text = io.BytesIO()
        self.predictions.write_csv(text)
        gn.atomic_write(folder / PREDICTIONS, text.getvalue())
        write_json(folder / FIGURES, self.plain())
        return Ended({**ended.result, "folds": self.plain()}, ended.pictures, ended.exit_code, ended.message)


def cross_validate(experiment: gn.Experiment, folds: int, quiet: bool) -> Folds:
    """Train a network for each fold, with transforms that are fitted to its training rows, and test it on the others.

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
    plan = source.plan()
    figures, outputs, fold_of = [], None, np.zeros(len(plan.frame), np.int64)
    for number, (train_rows, held) in enumerate(source.fold_rows(plan, folds), 1):
        made, train = plan.fitted_split(train_rows)
        test, _ = made.read_split(plan.frame[held])
        network = gn.Network(experiment.layers)
        network.build(train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
        network.fit(train, **experiment.training(), progress=False)
        figures.append(network.evaluate(test))
        answers = made.answers(network.predict(test.x))
        outputs = np.zeros((len(plan.frame), *answers.shape[1:])) if outputs is None else outputs
        outputs[held], fold_of[held] = answers, number
        if not quiet:
            told = "  ".join(f"{name} {figure_text(value)}" for name, value in figures[-1].items())
            echo(f"fold {number}/{folds}  {told}", err=True)
    assert outputs is not None
    return Folds(figures, _predictions(plan, fold_of, outputs))


def _predictions(plan: Plan, fold_of: gn.Array, outputs: gn.Array) -> Any:
    import polars

    named = [name for name, role in plan.roles.items() if role.reason == "id"]
    columns: dict[str, Any] = {name: plan.frame[name] for name in named}
    columns |= {} if named else {"row": np.arange(1, len(plan.frame) + 1)}
    columns |= {"fold": fold_of, plan.target.name: plan.frame[plan.target.name]}
    if not plan.target.classes:
        return polars.DataFrame({**columns, "prediction": outputs})
    labels = outputs.argmax(axis=1) if outputs.ndim == 2 else (outputs > 0.5).astype(np.int64)
    columns["prediction"] = [plan.target.classes[label] for label in labels]
    chances = {f"probability {name}": outputs[:, place] for place, name in enumerate(plan.target.classes)}
    return polars.DataFrame({**columns, **chances})
