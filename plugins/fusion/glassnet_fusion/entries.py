"""The words of a record: what an operation is if it is not a ufunc."""

from __future__ import annotations

# An array that the formula was given, and the numbers from 0 on.
INPUT, COUNT = "input", "count"
# A scalar has no entry of its own.
SCALAR = "scalar"
# An array that is written to, and one whose memory is that of another.
WRITE, VIEW = "write", "view"
# A choice between two arrays, another type, a number for each row, and the number of each row that an index picks.
WHERE, CONVERT, REDUCE, PICK = "where", "convert", "reduce", "pick"
# A sum over all rows, for each column.
TOTAL = "total"


class NotTracedError(Exception):
    """A formula does something that is not fused; the text says what."""
