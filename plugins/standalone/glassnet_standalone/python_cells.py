"""Cells of rows as values that transforms take: the text of these functions goes into files that take rows."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,no-any-return,name-defined"

import numpy as np

MISSING = ()
CLASSES = ()


def cells(rows, name):
    """Return the cells of a column: of rows as a list of dicts, or of columns by name. Missing ones are None."""
    try:
        column = [row[name] for row in rows] if isinstance(rows, list) else list(rows[name])
    except KeyError:
        raise ValueError(f"the rows have no column {name!r}") from None
    return [None if is_missing(cell) else cell.strip() if isinstance(cell, str) else cell for cell in column]


def is_missing(cell):
    if isinstance(cell, str):
        return cell.strip().lower() in MISSING
    return cell is None or cell != cell


def number_of(cell):
    """Return a cell as a number; one that cannot be read counts as missing."""
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return np.nan
    return number if np.isfinite(number) else np.nan


def as_number(cells):
    return np.array([[number_of(cell)] for cell in cells])


def as_boolean(cells):
    words = {"true": 1, "yes": 1, "y": 1, "t": 1, "1": 1, "false": 0, "no": 0, "n": 0, "f": 0, "0": 0}
    return np.array([[words.get(str(cell).lower(), np.nan)] for cell in cells], float)


def date_of(cell):
    """Return a cell as a date; one that cannot be read counts as missing."""
    try:
        return np.datetime64("NaT" if cell is None else cell, "us")
    except (TypeError, ValueError):
        return np.datetime64("NaT", "us")


def as_date(cells):
    return np.array([date_of(cell) for cell in cells])


def as_text(cells):
    """Return text; 3 and 3.0 are one category."""
    whole = [int(c) if isinstance(c, float) and c.is_integer() else c for c in cells]
    return np.array([*(None if cell is None else str(cell) for cell in whole), None], object)[:-1]


def is_rows(x):
    """Return whether x are rows with named columns."""
    return hasattr(x, "keys") or (isinstance(x, list) and len(x) > 0 and isinstance(x[0], dict))


def answers(y):
    """Return a probability for each class."""
    return np.hstack([1 - y, y]) if y.shape[1] == 1 and len(CLASSES) == 2 else y


def classify(x):
    """Return the name of the most probable class of each sample or row."""
    return [CLASSES[place] for place in answers(predict(x)).argmax(axis=-1)]
