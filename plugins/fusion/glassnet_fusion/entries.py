"""The words of a record: what an operation is if it is not a ufunc."""

from __future__ import annotations

# An array that the formula was given, and the numbers from 0 on.
INPUT, COUNT = "input", "count"
# A scalar has no entry of its own.
SCALAR = "scalar"
# An array that is written to, and one whose memory is that of another.
WRITE, VIEW = "write", "view"
# Further arrays whose memory is that of another: some of its elements, its axes in another order, the windows that
# slide over it, and its elements more than once.
SLICE, TRANSPOSE, WINDOWS, SPREAD = "slice", "transpose", "windows", "spread"
MOVES = (SLICE, TRANSPOSE, WINDOWS, SPREAD)
# An array of one number, and an array with a number around it.
FILL, PAD = "fill", "pad"
# A choice between two arrays, another type, a number for the elements along some axes, the place of the largest
# element along an axis, and the number of each row that an index picks.
WHERE, CONVERT, REDUCE, FIRST, PICK = "where", "convert", "reduce", "first", "pick"
# An array to whose rows, which an index names, others are added one after another.
ADD_AT = "add at"
# What rows and columns alone do not tell apart.
BY_AXES = (FILL, PAD, FIRST, ADD_AT)
# A sum over all rows, for each column.
TOTAL = "total"
# An array as a view sees it, and an array into some of whose elements others are written.
MOVE, SCATTER = "move", "scatter"


class NotTracedError(Exception):
    """A formula does something that is not fused; the text says what."""
