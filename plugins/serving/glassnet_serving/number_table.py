"""CSV for a network that was not trained on a table: a line of numbers for each sample."""

from __future__ import annotations

import csv
import io

import glassnet as gn
from glassnet_serving.limits import RefusedError
from glassnet_serving.samples import as_samples, check_names


def array_in(body: bytes, network: gn.Network) -> gn.Array:
    """Return the lines of CSV as samples. A first line may name the columns, in any order if the training had names.

    Raises
    ------
    RefusedError
        If a cell is not a number, the names are not those of the training, or the lines do not fit the network.
    """
    try:
        lines = [line for line in csv.reader(io.StringIO(body.decode("utf-8-sig"))) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RefusedError(422, f"the body is not CSV in UTF-8 ({error}); send a line of numbers a sample") from None
    names = lines.pop(0) if lines and not any(map(_is_number, lines[0])) else []
    if not lines:
        raise RefusedError(422, "the CSV has no rows; send at least one")
    numbers = [_numbers(line, place) for place, line in enumerate(lines, start=1)]
    known = network.inputs.columns if network.inputs is not None else None
    if names and known is not None:
        check_names(names, known, "the first line")
        order = [names.index(name) for name in known]
        numbers = [[row[place] for place in order if place < len(row)] for row in numbers]
    return as_samples(numbers, network)


def _numbers(line: list[str], place: int) -> list[float]:
    wrong = next((cell for cell in line if not _is_number(cell)), None)
    if wrong is not None:
        raise RefusedError(422, f"row {place} has {wrong[:40]!r}, which is not a number; send numbers alone")
    return [float(cell) for cell in line]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
