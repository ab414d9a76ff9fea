"""The rows of a table on a page: the cells beside the inputs and targets that were made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.types import Array
from glassnet_explanations.arithmetic.line import element_name, number_text
from glassnet_explanations.page.blocks import Block, Table, Text
from glassnet_explanations.step_numbers import StepNumbers
from glassnet_explanations.table_rows import Cell, TableRows

_MOST_ROWS = 40
# Of a longer text, this number of characters is shown.
_LONGEST = 40
# Of a column that became more inputs than these, those that are 0 are counted; of the others, these are shown.
_MOST_WITH_ZEROS, _MOST_INPUTS = 2, 8


def input_cells(rows: TableRows, x: Array) -> list[Block]:
    """Return a table with each cell of the samples and the inputs that it became, ``x[0, 3] = 1 (town=Bern)``."""
    ends = np.cumsum([len(column.inputs) for column in rows.columns]).tolist()
    lines = [
        (
            f"sample {sample}",
            column.name,
            _cell(column.cells[sample]),
            _inputs(column.name, column.inputs, x, sample, end - len(column.inputs)),
        )
        for sample in range(min(len(x), _MOST_ROWS))
        for column, end in zip(rows.columns, ends, strict=True)
    ]
    every = len(x) * len(ends)
    left_out = "" if every <= _MOST_ROWS else f"{_MOST_ROWS} of {every:,} cells."
    header = ("sample", "column", "in the table", "as inputs")
    about = "Each cell of the table, and the inputs that the transforms of its column made of it:"
    skipped = 1 if len(x) == 1 else 0  # one sample needs no number
    shown = tuple(line[skipped:] for line in lines[:_MOST_ROWS])
    return [Text(about), Table("cells", header[skipped:], shown, left_out)]


def _inputs(column: str, names: Sequence[str], x: Array, sample: int, start: int) -> str:
    """Return the inputs of one cell as text."""
    values = x[sample, start : start + len(names)]
    counted = range(len(names)) if len(names) <= _MOST_WITH_ZEROS else np.flatnonzero(values).tolist()
    told = [
        f"x[{sample}, {start + place}] = {number_text(float(values[place]))}"
        + ("" if names[place] == column else f" ({names[place]})")
        for place in counted[:_MOST_INPUTS]
    ]
    if len(counted) > _MOST_INPUTS:
        told.append(f"{len(counted) - _MOST_INPUTS} more")
    zeros = len(names) - len(counted)
    if zeros:
        told.append(f"{zeros} others are 0" if told else f"all {zeros} are 0")
    return ", ".join(told)


def target_cells(e: StepNumbers) -> list[Block]:
    """Return a table with the target and the prediction of each sample: as the table has them, and as numbers."""
    if e.table is None:
        return []
    target, targets, outputs = e.table.target, e.loss_part.values["targets"], e.layers[-1].values["output"]
    lines = [
        (
            f"sample {sample}",
            _cell(target.cells[sample]),
            _largest("targets", targets, sample),
            _largest("y", outputs, sample),
            _amount(target.predictions[sample], target.unit),
        )
        for sample in range(min(len(targets), _MOST_ROWS))
    ]
    left_out = "" if len(lines) == len(targets) else f"{len(lines)} of {len(targets):,} samples."
    header = ("sample", f"{target.name} in the table", "as target", "output", f"predicted {target.name}")
    return [Table("target", header, tuple(lines), left_out)]


def _largest(name: str, values: Array, sample: int) -> str:
    """Return the element of a sample, or the largest of several: ``y[0, 2] = 0.7``."""
    size = values[sample].size
    index = sample * size + int(np.argmax(values[sample]))
    return f"{element_name(name, values.shape, index)} = {number_text(float(values.flat[index]))}"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "(missing)"
    text = cell.strip() if isinstance(cell, str) else f"{cell:.10g}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _amount(cell: Cell, unit: str) -> str:
    """Return a prediction with its unit."""
    return f"{number_text(cell)} {unit}".rstrip() if isinstance(cell, float) else _cell(cell)
