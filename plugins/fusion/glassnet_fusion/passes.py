"""The passes over all rows that a formula takes: what needs a sum over them is computed in a later one."""

from __future__ import annotations

import attrs

from glassnet_fusion.entries import COUNT, INPUT, SCALAR, TOTAL
from glassnet_fusion.graph import Graph, Value
from glassnet_fusion.space import COLUMN


@attrs.frozen
class Pass:
    """What one pass over the rows computes.

    Attributes
    ----------
    totals
        Sums over all rows that are known when it ends.
    columns
        Values, one for each column, that are computed before it begins.
    outputs
        Values of elements and rows that it writes.
    needed
        All values that it computes with.
    """

    totals: list[Value]
    columns: list[Value]
    outputs: list[Value]
    needed: list[Value]


def passes_apart(graph: Graph, outputs: list[Value]) -> list[Pass]:
    """Return the passes of a formula, each of which either adds rows up or writes outputs."""
    passes = []
    for work in passes_of(graph, outputs):
        of_totals, of_outputs = _pass(work.totals, []), _pass([], work.outputs)
        passes += [of_totals] * bool(work.totals) + [of_outputs] * bool(work.outputs)
    return passes


def passes_of(graph: Graph, outputs: list[Value]) -> list[Pass]:
    """Return the passes of a formula; the last one writes all `outputs`, since an input may be one of them."""
    first: dict[int, int] = {}
    for value in graph.values():
        before = [first[id(each)] for each in value.operands]
        first[id(value)] = max(before, default=0) + (value.operation == TOTAL)
    totals = [value for value in graph.values() if value.operation == TOTAL]
    last = max([first[id(value)] for value in outputs] + [first[id(value)] - 1 for value in totals], default=-1)
    passes = []
    for number in range(last + 1):
        of_pass = [value for value in totals if first[id(value)] == number + 1]
        passes.append(_pass(of_pass, outputs if number == last else []))
    return passes


def _pass(totals: list[Value], outputs: list[Value]) -> Pass:
    needed = _within_rows([*outputs, *(value.operands[0] for value in totals)])
    columns = [value for value in needed if value.form == COLUMN and value.operation not in _SIMPLE]
    return Pass(totals, columns, outputs, needed)


_SIMPLE = (INPUT, SCALAR, COUNT, TOTAL)


def _within_rows(values: list[Value]) -> list[Value]:
    """Return some values and what they need; of values for each column, those alone that rows meet."""
    found: list[Value] = []
    seen: set[int] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if id(value) not in seen:
            seen.add(id(value))
            found.append(value)
            waiting += value.operands if value.form != COLUMN else ()
    return found
