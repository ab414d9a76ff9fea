"""An explanation as plain values, for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet_explanations.arithmetic.line import Line
from glassnet_explanations.page.blocks import Lines, Section
from glassnet_explanations.page.contents import page_of
from glassnet_explanations.step_numbers import ExplainedLayer, NamedPart, StepNumbers
from glassnet_explanations.table_rows import TableRows

# Enough for a number of 64 bits to be read back as it was.
_ALL_DIGITS = 17


def to_dict(explanation: StepNumbers) -> dict[str, Any]:
    """Return everything: NaN and infinity are None."""
    e = explanation
    return {
        "loss": _plain(e.loss),
        "penalty": _plain(e.penalty),
        "optimizer": e.optimizer,
        "step": e.step,
        "lr": e.lr,
        "base_lr": e.base_lr,
        "rules": [_part(rule) for rule in e.rules],
        "schedule": None if e.schedule is None else _part(e.schedule),
        "penalties": {name: _part(part) for name, part in e.penalties.items()},
        "constraints": {name: _part(part) for name, part in e.constraints.items()},
        "input_names": list(e.input_names),
        "table": None if e.table is None else _table(e.table),
        "layers": [_layer(layer) for layer in e.layers],
        "loss_part": _layer(e.loss_part),
        "parameters": plain_arrays(e.parameters),
        "gradients": plain_arrays(e.gradients),
        "step_sizes": e.step_sizes,
        "memory": {name: plain_arrays(arrays) for name, arrays in e.memory.items()},
        "updates": {name: plain_arrays(terms) for name, terms in e.updates.items()},
        "arithmetic": [line for section in page_of(e).sections for line in _lines_of(section)],
    }


def _table(rows: TableRows) -> dict[str, Any]:
    return {
        "columns": [
            {"name": column.name, "cells": list(column.cells), "inputs": list(column.inputs)} for column in rows.columns
        ],
        "target": {
            "name": rows.target.name,
            "unit": rows.target.unit,
            "cells": list(rows.target.cells),
            "predictions": list(rows.target.predictions),
        },
    }


def _part(part: NamedPart) -> dict[str, Any]:
    return {"spec": part.title, "formula": part.formula, "value": _plain(part.value), "settings": part.settings}


def _layer(layer: ExplainedLayer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "layer": layer.title,
        "formula": layer.formula,
        "gradient_formula": layer.gradient_formula,
        "settings": layer.settings,
        "shared": layer.shared,
        "values": plain_arrays(layer.values),
        "gradients": plain_arrays(layer.gradients),
    }


def plain_arrays(arrays: dict[str, Any]) -> dict[str, Any]:
    """Return arrays by name as nested lists."""
    return {name: _plain(array) for name, array in arrays.items()}


def _plain(value: Any) -> Any:
    value = np.asarray(value)
    if value.dtype.kind == "f" and not np.all(np.isfinite(value)):
        finite: Any = np.where(np.isfinite(value), value, None)
        return finite.tolist()
    return value.tolist()


def _lines_of(section: Section, path: str = "") -> list[dict[str, Any]]:
    """Return the lines of a section and of those in it, with the title of what they belong to."""
    path = f"{path} / {section.title}" if path else section.title
    found = [
        {"of": path, **plain_line(line)} for block in section.blocks if isinstance(block, Lines) for line in block.lines
    ]
    return found + [line for inner in section.sections for line in _lines_of(inner, path)]


def plain_line(line: Line) -> dict[str, Any]:
    """Return a line of arithmetic in full precision."""
    return {
        "label": line.label,
        "symbols": line.symbols,
        "numbers": line.numbers(_ALL_DIGITS),
        "value": _plain(line.value),
    }
