"""The programs of this process: one for each graph, however many components have it."""

from __future__ import annotations

import os
import threading
from typing import Any

import glassnet_fusion.functions  # noqa: F401  # for what it adds to records
from glassnet_fusion.entries import NotTracedError
from glassnet_fusion.graph import graph_of
from glassnet_fusion.program import Program
from glassnet_fusion.record import Record
from glassnet_fusion.space import space_of

# NumPy converts longer ones in parts, and the buffers of several would not fit the stack of a thread.
LONGEST_ROW = 4096

_lock = threading.Lock()
_programs: dict[Any, Program] = {}


def program_for(record: Record, results: tuple[int, ...] = (), left: tuple[int, ...] = ()) -> Program:
    """Return the program of a record; if it is new, it is compiled in the background.

    Parameters
    ----------
    record
        What a formula did.
    results
        The entries whose results it returned.
    left
        Inputs that hold nothing of worth when the formula has ended: they are left as they were.

    Raises
    ------
    NotTracedError
        If the formula cannot be fused.
    """
    # Of shapes a program knows only which arrays have the same.
    shapes = [array.shape for array in record.described]
    space = space_of(record)
    if space.columns > LONGEST_ROW:
        raise NotTracedError(f"it has rows of more than {LONGEST_ROW} numbers")
    kinds = tuple(
        (shapes.index(array.shape), array.dtype, space.form(array.shape), space.columns == 1)
        for array in record.described
    )
    key = tuple(record.entries), kinds, space.rows == space.columns, results, left
    with _lock:
        if key not in _programs:
            _programs[key] = Program(graph_of(record, results, left))
        return _programs[key]


def finish_compiling() -> None:
    """Wait until every program that was begun is compiled."""
    for program in list(_programs.values()):
        program.wait()


if hasattr(os, "register_at_fork"):
    # A process that is forked in the middle of compiling would have its locks for ever.
    os.register_at_fork(before=finish_compiling)
