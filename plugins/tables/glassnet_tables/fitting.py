"""What ``net.fit(frame, target="price")`` does: transforms are fitted to the rows to train on."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet.data.loader import is_pair
from glassnet.data.preprocessing import Prepared
from glassnet.errors import DataError
from glassnet_tables.frames import as_column, as_frame, is_rows, name_of_column
from glassnet_tables.plan import Plan, Wishes, plan_of
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.recipe import defaults_for
from glassnet_tables.splits import held_out_rows


def prepared_rows(
    network: gn.Network, x: Any, y: Any, target: str | None, validation: Any, seed: int
) -> Prepared | None:
    """Return rows as samples with fitted transforms; None if `x` are not rows with named columns.

    Raises
    ------
    DataError
        If there is no target, or the rows are not a table.
    """
    is_frame = hasattr(x, "columns") or hasattr(x, "column_names")
    if not is_rows(x) or (y is None and target is None and not is_frame):
        return None
    if (y is None) == (target is None):
        problem = "names no target" if y is None else "has both y and target="
        raise DataError(f"fit got a {type(x).__name__} and {problem}; give target='NAME', or the targets as y")
    frame = as_frame(x)
    if y is not None:
        target = name_of_column(y)
        column = as_column(y, target)
        if len(column) != len(frame):
            raise DataError(f"x has {len(frame)} rows and y has {len(column)}; each row needs one target")
        frame = frame.with_columns(column)
    assert target is not None
    plan = plan_of(frame, Wishes(target), "the frame")
    train_rows, held = _rows(plan, validation, seed)
    made, train = plan.fitted_split(train_rows)
    measured = made.read_split(plan.frame[held])[0] if len(held) else _validation(made, validation)
    defaults = {**defaults_for(plan.target), "optimizer": "adam"}
    if plan.target.classes and gn.outputs_of(network.layers)[0] == "probabilities":
        defaults["loss"] = "binary_crossentropy"
    return Prepared(train, measured, defaults)


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
