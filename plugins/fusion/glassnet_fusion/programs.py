"""The programs of this process: one for each graph, however many components have it."""

from __future__ import annotations

import os
import threading
from typing import Any

import glassnet_fusion.functions  # noqa: F401  # for what it adds to records
from glassnet_fusion.entries import BY_AXES, MOVES, NotTracedError
from glassnet_fusion.graph import Graph, graph_of
from glassnet_fusion.grid.node import Grid
from glassnet_fusion.grid.reading import grid_of
from glassnet_fusion.program import Program
from glassnet_fusion.record import Record
from glassnet_fusion.space import Space, space_of

# NumPy converts longer ones in parts.
LONGEST_ROW = 4096
# Of fewer elements, a call of compiled code takes as long as a few operations of NumPy.
_SMALL = 4096

_lock = threading.Lock()
_programs: dict[Any, Program] = {}


def program_for(
    record: Record, results: tuple[int, ...] = (), left: tuple[int, ...] = (), fewest: int = 0
) -> tuple[Program, Space]:
    """Return the program of a record, and what it goes through; if it is new, it is compiled in the background.

    Parameters
    ----------
    record
        What a formula did.
    results
        The entries whose results it returned.
    left
        Inputs that hold nothing of worth when the formula has ended: they are left as they were.
    fewest
        The number of operations below which NumPy is as fast with few numbers.

    Raises
    ------
    NotTracedError
        If the formula cannot be fused.
    """
    graph, key = _graph_and_key(record, results, left)
    if graph.space.size < _SMALL and graph.operations < fewest:
        raise NotTracedError("NumPy is as fast with so few numbers")
    key = tuple(record.entries), results, left, key
    with _lock:
        if key not in _programs:
            _programs[key] = Program(graph)
        return _programs[key], graph.space


def _graph_and_key(record: Record, results: tuple[int, ...], left: tuple[int, ...]) -> tuple[Graph | Grid, Any]:
    """Return the graph of a record, and what else its code depends on: rows and columns, or if need be more axes."""
    try:
        return _rows_and_columns(record, results, left)
    except NotTracedError as error:
        try:
            grid = grid_of(record, results, left)
        except NotTracedError as other:
            raise (other if _has_further_axes(record) else error) from None
        return grid, tuple((array.shape, array.dtype) for array in record.described)


def _has_further_axes(record: Record) -> bool:
    return any(entry[0] in (*MOVES, *BY_AXES) for entry in record.entries)


def _rows_and_columns(record: Record, results: tuple[int, ...], left: tuple[int, ...]) -> tuple[Graph, Any]:
    # Of shapes a program knows only which arrays have the same.
    shapes = [array.shape for array in record.described]
    space = space_of(record)
    if space.columns > LONGEST_ROW:
        raise NotTracedError(f"it has rows of more than {LONGEST_ROW} numbers")
    kinds = tuple(
        (shapes.index(array.shape), array.dtype, space.form(array.shape), space.columns == 1)
        for array in record.described
    )
    return graph_of(record, results, left), (kinds, space.rows == space.columns)


def finish_compiling() -> None:
    """Wait until every program that was begun is compiled."""
    for program in list(_programs.values()):
        program.wait()


if hasattr(os, "register_at_fork"):
    # A process that is forked in the middle of compiling would have its locks for ever.
    os.register_at_fork(before=finish_compiling)
