"""What ``net.fit(frame, target="price")`` does: transforms are fitted to the rows to train on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.data.arrays import as_array
from glassnet.errors import DataError, ShapeError, warn
from glassnet.types import Array
from glassnet_inputs.loaders import is_pair
from glassnet_names.nearest import did_you_mean
from glassnet_splits.row_labels import check_order
from glassnet_splits.split import Split, weighted
from glassnet_tables.frames import as_column, as_frame, is_rows, name_of_column
from glassnet_tables.notes import without_target
from glassnet_tables.plan import Plan, Wishes, column_named, plan_of
from glassnet_tables.polars_import import polars
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.recipe import defaults_for
from glassnet_tables.splits import held_out_rows
from glassnet_tables.target import Target


@attrs.frozen(eq=False)
class Rows:
    """Rows with a target, and what is known of them.

    Attributes
    ----------
    frame
        The rows with a target, as a frame of polars.
    known
        Which of the given rows these are.
    target
        The column to predict.
    split
        Returns a preprocessing, and those of the rows with these numbers as samples.
    """

    frame: Any
    known: Array
    target: Target
    split: Callable[[Array], tuple[TablePreprocessing, Split]]


def prepared_rows(network: gn.Network, x: Any, y: Any, given: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]] | None:
    """Return rows as samples, and the arguments of `fit` with what follows from the target; None for other data.

    A network that has transforms keeps them.

    Raises
    ------
    DataError
        If there is no target or another one than the network's, or the rows are not a table.
    """
    if network.reads_rows(x):
        rows = _rows_again(network.preprocessing, x, y, given["target"])
    elif _is_table(network, x, y, given["target"]):
        plan = _plan(x, y, given["target"])
        rows = Rows(plan.frame, plan.known, plan.target, plan.fitted_split)
    else:
        return None
    check_order(x, y)
    check_order(x, given["sample_weight"], "sample_weight")
    weights = _weights(given["sample_weight"], rows.known)
    kept, held = _parts(rows, given["validation"], given["seed"])
    made, train = rows.split(kept)
    if len(held):
        measured = weighted(made.read_split(rows.frame[held])[0], None if weights is None else weights[held])
    else:
        measured = _validation(made, given["validation"])
    following = {**defaults_for(rows.target), "optimizer": "adam"}
    if rows.target.classes and gn.outputs_of(network.layers)[0] == "probabilities":
        following["loss"] = "binary_crossentropy"
    network.preprocessing = made
    chosen = {name: value for name, value in following.items() if not given[name]}
    chosen["validation"], chosen["class_weight"] = measured, _by_label(given["class_weight"], made.classes)
    chosen["sample_weight"] = None if weights is None else weights[kept]
    return train, None, given | chosen


def _is_table(network: gn.Network, x: Any, y: Any, target: str | None) -> bool:
    """Return whether `x` are rows to fit transforms to."""
    is_frame = any(hasattr(x, name) for name in ("collect_schema", "columns", "column_names"))
    if not is_rows(x) or (y is None and target is None and not is_frame):
        if target is not None:
            raise DataError(f"target={target!r} names a column, and x is a {type(x).__name__}; give a data frame")
        return False
    # A network that was trained on arrays goes on with the numbers.
    return network.inputs is None or target is not None


def _rows_again(made: TablePreprocessing, x: Any, y: Any, target: str | None) -> Rows:
    """Return rows for a network that has transforms already."""
    _check_is_named_once(x, y, target)
    frame, name = as_frame(x), made.target.name
    if target is not None and column_named(frame, target, "the frame") != name:
        raise DataError(
            f"the network predicts {name!r}, and target={target!r} is another column; make a new network for it"
        )
    if y is not None:
        frame = frame.with_columns(as_column(y, name))
    made.check_target(frame)
    known = made.target.known(frame[name], made.missing)
    if not known.all():
        warn(without_target(name, int((~known).sum())))
        frame = frame.filter(polars().Series(known))

    def split(rows: Array) -> tuple[TablePreprocessing, Split]:
        train, notes = made.read_split(frame[rows])
        for note in notes:
            warn(note)
        return made, train

    return Rows(frame, known, made.target, split)


def _check_is_named_once(x: Any, y: Any, target: str | None) -> None:
    if y is not None and target is not None:
        raise DataError(
            f"fit got a {type(x).__name__} and has both y and target=; give target='NAME', or the targets as y"
        )


def _weights(given: Any, known: Array) -> Array | None:
    """Return the weights of the rows that have a target."""
    if given is None:
        return None
    weights: Array = as_array(given, "sample_weight")
    if weights.shape != known.shape:
        raise ShapeError(
            f"sample_weight has shape {weights.shape}, and there are {len(known)} rows; give one weight for each row"
        )
    of_known: Array = np.asarray(weights)[np.asarray(known)]
    return of_known


def _by_label(class_weight: Any, classes: Sequence[str]) -> Any:
    """Return weights of classes by their labels if they are given by the names of the classes."""
    if not isinstance(class_weight, Mapping) or not all(isinstance(name, str) for name in class_weight):
        return class_weight
    for name in class_weight:
        if name not in classes:
            raise DataError(
                f"class_weight has {name!r}{did_you_mean(name, classes)}, and the classes are {', '.join(classes)}"
            )
    return {classes.index(name): weight for name, weight in class_weight.items()}


def _plan(x: Any, y: Any, target: str | None) -> Plan:
    """Return the plan for rows whose target is one of their columns, or given apart."""
    _check_is_named_once(x, y, target)
    if y is None and target is None:
        raise DataError(f"fit got a {type(x).__name__} and names no target; give target='NAME', or the targets as y")
    frame = as_frame(x)
    if target is None:
        target = name_of_column(y)
        column = as_column(y, target)
        if len(column) != len(frame):
            raise DataError(f"x has {len(frame)} rows and y has {len(column)}; each row needs one target")
        frame = frame.with_columns(column)
    return plan_of(frame, Wishes(target), "the frame")


def _parts(rows: Rows, validation: Any, seed: int) -> tuple[Array, Array]:
    """Return the numbers of the rows to train on, and of those to hold out."""
    count = len(rows.frame)
    if validation is None or not np.isscalar(validation):
        return np.arange(count), np.arange(0)
    if not 0 < float(validation) < 1:  # type: ignore[arg-type]
        raise DataError(f"validation={validation!r} is not a fraction between 0 and 1; give 0.2, or data")
    labels = rows.target.targets(rows.frame[rows.target.name]) if rows.target.classes else None
    return held_out_rows(count, float(validation), seed, labels=labels)  # type: ignore[arg-type]


def _validation(made: TablePreprocessing, validation: Any) -> Any:
    """Return validation data as samples: a frame with the target in it, or a frame and its targets."""
    if validation is None:
        return None
    if made.is_for(validation):
        return made.split(validation)
    if is_pair(validation) and made.is_for(validation[0]):
        x, y, *weights = validation
        check_order(x, weights[0] if weights else None, "sample_weight")
        return weighted(made.split(x, y), weights[0] if weights else None)
    return validation
