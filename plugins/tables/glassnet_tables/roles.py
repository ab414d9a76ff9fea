"""The role of a column: a feature with its transforms, an id, a constant, or nothing."""

from __future__ import annotations

import re
from typing import Any

import attrs
import numpy as np

from glassnet_tables.column_format import ColumnFormat, values_of

_ID_NAMES = re.compile(r"(^|[_ ])(id|uuid|guid)$", re.IGNORECASE)
# Names of columns that number the rows from 0 or 1; that of pandas' index has none.
_NUMBER_NAMES = re.compile(r"^(index|row|nr|no|number|column_1)$", re.IGNORECASE)
_LEAST_ROWS_WITH_IDS = 20
# Share of different values above which a column of text names its rows.
_NAMES_ROWS = 0.95
_WORDS_OF_SENTENCES = 4
# Outputs of one_hot and of text without options.
_MOST_ONE_HOT = 50
_HASHED_WORDS = 128


@attrs.frozen
class Role:
    """What is done with a column.

    Attributes
    ----------
    transforms
        Specs of the transforms that make inputs of the column; nothing if it is left out.
    reason
        Why it is left out: ``"id"``, ``"constant"`` or ``"empty"``; empty for a feature.
    kind
        What the column is, in the words of the report.
    most_inputs
        The largest number of inputs that it becomes.
    """

    transforms: str = ""
    reason: str = ""
    kind: str = ""
    most_inputs: int = 8


def role_of(name: str, column: Any, form: ColumnFormat, is_asked: bool = False) -> Role:
    """Return the role of a column.

    Parameters
    ----------
    name, column, form
        The column, without missing values, and what its cells are.
    is_asked
        Whether the user wants it as a feature, so that it is not taken for an id.
    """
    known = column.drop_nulls()
    if len(known) == 0:
        return Role(reason="empty", kind=form.type)
    different = known.n_unique()
    if different == 1 and len(known) == len(column):
        return Role(reason="constant", kind=form.type)
    if not is_asked and _is_id(name, known, different, form):
        return Role(reason="id", kind="id")
    has_missing = len(known) < len(column)
    if form.type == "number":
        return Role(f"impute(indicator={has_missing}) standardize", kind=f"number{_in_unit(form)}")
    if form.type == "boolean":
        return Role(f"impute(by='mode', indicator={has_missing})", kind="yes/no")
    if form.type == "date":
        return Role(f"date_parts impute(indicator={has_missing}) standardize", kind="date")
    if _is_sentences(known, different):
        return Role("text", kind="free text", most_inputs=_HASHED_WORDS)
    return Role("one_hot", kind=f"category of {different}", most_inputs=min(different + 1, _MOST_ONE_HOT))


def _in_unit(form: ColumnFormat) -> str:
    return f" in {form.unit}" if form.unit else ""


def _is_id(name: str, known: Any, different: int, form: ColumnFormat) -> bool:
    """Return whether a column names its rows: each has its own text, or a whole number under the name of an id."""
    if len(known) < _LEAST_ROWS_WITH_IDS or different < len(known) * _NAMES_ROWS:
        return False
    if form.type == "text":
        return not _is_sentences(known, different)
    if form.type != "number" or different < len(known):
        return False
    numbers, _ = values_of(known, form)
    if _ID_NAMES.search(name):
        return bool((numbers == np.floor(numbers)).all())
    return bool(_NUMBER_NAMES.search(name) and numbers.min() in (0, 1) and (np.diff(numbers, axis=0) == 1).all())


def _is_sentences(known: Any, different: int) -> bool:
    words = known.str.count_matches(r"\w+").mean() or 0
    return different > len(known) / 2 and different > 2 and words >= _WORDS_OF_SENTENCES
