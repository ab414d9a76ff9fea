"""What ``net.fit(frame, target="price")`` does: transforms are fitted to the rows to train on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.errors import DataError, did_you_mean
from glassnet_inputs.loaders import is_pair
from glassnet_tables.frames import as_column, as_frame, is_rows, name_of_column
from glassnet_tables.plan import Plan, Wishes, plan_of
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.recipe import defaults_for
from glassnet_tables.splits import held_out_rows


def prepared_rows(network: gn.Network, x: Any, y: Any, given: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]] | None:
    """Return rows as samples, and the arguments of `fit` with what follows from the target; None for other data.

    A network that has transforms keeps them.

    Raises
    ------
    DataError
        If there is no target, or the rows are not a table.
    """
    target = given["target"]
    if network.reads_rows(x):
        return network.preprocessing.split(x, y), None, given
    is_frame = hasattr(x, "columns") or hasattr(x, "column_names")
    if not is_rows(x) or (y is None and target is None and not is_frame):
        if target is not None:
            raise DataError(f"target={target!r} names a column, and x is a {type(x).__name__}; give a data frame")
        return None
    if network.inputs is not None and target is None:  # one that was trained on arrays goes on with the numbers
        return None
    plan = _plan(x, y, target)
    train_rows, held = _rows(plan, given["validation"], given["seed"])
    made, train = plan.fitted_split(train_rows)
    measured = made.read_split(plan.frame[held])[0] if len(held) else _validation(made, given["validation"])
    following = {**defaults_for(plan.target), "optimizer": "adam"}
    if plan.target.classes and gn.outputs_of(network.layers)[0] == "probabilities":
        following["loss"] = "binary_crossentropy"
    network.preprocessing = made
    chosen = {name: value for name, value in following.items() if not given[name]}
    weights = _by_label(given["class_weight"], made.classes)
    return train, None, given | {"validation": measured, "class_weight": weights} | chosen


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
    if (y is None) == (target is None):
        problem = "names no target" if y is None else "has both y and target="
        raise DataError(f"fit got a {type(x).__name__} and {problem}; give target='NAME', or the targets as y")
    frame = as_frame(x)
    if target is None:
        target = name_of_column(y)
        column = as_column(y, target)
        if len(column) != len(frame):
            raise DataError(f"x has {len(frame)} rows and y has {len(column)}; each row needs one target")
        frame = frame.with_columns(column)
    return plan_of(frame, Wishes(target), "the frame")


def _rows(plan: Plan, validation: Any, seed: int) -> tuple[Any, Any]:
    rows = len(plan.frame)
    if validation is None or not np.isscalar(validation):
        return np.arange(rows), np.arange(0)
    if not 0 < float(validation) < 1:  # type: ignore[arg-type]
        raise DataError(f"validation={validation!r} is not a fraction between 0 and 1; give 0.2, or data")
    labels = plan.target.targets(plan.frame[plan.target.name]) if plan.target.classes else None
    return held_out_rows(rows, float(validation), seed, labels=labels)  # type: ignore[arg-type]


def _validation(made: TablePreprocessing, validation: Any) -> Any:
    """Return validation data as samples: a frame with the target in it, or a frame and its targets."""
    if validation is None:
        return None
    if made.is_for(validation):
        return made.split(validation)
    if is_pair(validation) and made.is_for(validation[0]):
        return made.split(validation[0], validation[1])
    return validation
