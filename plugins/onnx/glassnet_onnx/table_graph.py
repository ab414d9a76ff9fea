"""What is done to rows of a table, in ONNX: from columns to the inputs of a network, and from its outputs to answers.

Numbers are of double precision until the network takes them, as in glassnet. A missing number is NaN, and a missing
text is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.registry.registry import name_of
from glassnet_onnx.graph import Graph
from glassnet_onnx.library import onnx_library

_PREFIX = "rows."
Rule = Callable[[Any, dict[str, Any], Graph, str], str]
"""``rule(transform, state, graph, values)`` adds the nodes of a transform, and returns its output."""
_RULES: dict[str, Rule] = {}
_INVERSES: dict[str, Rule] = {}


class NoRuleError(gn.OptionError):
    """A transform that is not written in ONNX."""


@attrs.frozen
class TableGraph:
    """The parts of a graph before and behind a network.

    Attributes
    ----------
    before, behind
        Their nodes and constants: the first gives ``x``, and the second takes ``y``.
    columns
        The name of each column's input, and whether it is text.
    has_names
        Whether the answers are names of classes, and not numbers.
    """

    before: Graph
    behind: Graph
    columns: dict[str, bool]
    has_names: bool


def table_graph(preprocessing: Any, outputs: int, reserved: set[str]) -> TableGraph:
    """Return the nodes that do what a network's preprocessing of tables does.

    Parameters
    ----------
    preprocessing
        That of a network which was trained on a table.
    outputs
        The number of outputs of the network.
    reserved
        Names in the graph of the network, which no input may have.

    Raises
    ------
    NoRuleError
        If ONNX cannot express a transform, or no rule for it is known.
    """
    types = onnx_library().TensorProto
    before, behind = Graph(_PREFIX), Graph(f"{_PREFIX}answer.")
    columns: dict[str, bool] = {}
    parts = []
    for column in preprocessing.features:
        name = _input_name(column.name, reserved | columns.keys())
        columns[name] = column.format.type == "text"
        parts.append(_written(_RULES, column.chain, column.states, before, name, column))
    joined = before.node("Concat", parts, axis=1)
    before.nodes.append(onnx_library().helper.make_node("Cast", [joined], ["x"], to=types.FLOAT))
    classes = preprocessing.classes
    answers = _class_names(classes, outputs, behind) if classes else _in_units(preprocessing, behind)
    behind.nodes.append(onnx_library().helper.make_node("Identity", [answers], ["prediction"]))
    return TableGraph(before, behind, columns, bool(classes))


def _input_name(column: str, reserved: set[str]) -> str:
    """Return the name of a column's input: its own, unless the graph has it already."""
    name = column
    while name in reserved or not name:
        name += "_"
    return name


def _written(rules: dict[str, Rule], chain: Any, states: Any, graph: Graph, values: str, column: Any) -> str:
    """Add the transforms of a column, and return the last output."""
    for transform, state in zip(chain, states, strict=True):
        name = name_of(type(transform))
        if name not in rules or column.format.type == "date":
            raise NoRuleError(f"the transform {transform!r} of column {column.name!r} has no rule for ONNX")
        values = rules[name](transform, state, graph, values)
    return values


def _class_names(classes: tuple[str, ...], outputs: int, graph: Graph) -> str:
    """Add the choice of the likeliest class. One output is the probability of the second of two classes."""
    if outputs == 1:
        is_second = graph.node("Greater", ["y", graph.number(np.float32(0.5))])
        labels = graph.node("Cast", [is_second], to=onnx_library().TensorProto.INT64)
        place = graph.node("Squeeze", [labels, graph.number(np.array([1]))])
    else:
        place = graph.node("ArgMax", ["y"], axis=1, keepdims=0)
    return graph.node("Gather", [graph.number(np.array(classes, object)), place])


def _in_units(preprocessing: Any, graph: Graph) -> str:
    column = preprocessing.target.column
    values = graph.node("Cast", ["y"], to=onnx_library().TensorProto.DOUBLE)
    values = _written(_INVERSES, column.chain[::-1], column.states[::-1], graph, values, column)
    return graph.node("Squeeze", [values, graph.number(np.array([1]))])


def _rule(name: str, rules: dict[str, Rule] = _RULES) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        rules[name] = function
        return function

    return register


def _linear(shift: str, scale: str) -> tuple[Rule, Rule]:
    """Return the rule of (x - shift) / scale, with numbers that a state has, and that of its inverse."""

    def forward(_: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
        shifted = graph.node("Sub", [values, graph.number(state[shift])])
        return graph.node("Div", [shifted, graph.number(state[scale])])

    def inverse(_: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
        scaled = graph.node("Mul", [values, graph.number(state[scale])])
        return graph.node("Add", [scaled, graph.number(state[shift])])

    return forward, inverse


_RULES["standardize"], _INVERSES["standardize"] = _linear("mean", "std")
_RULES["robust_scale"], _INVERSES["robust_scale"] = _linear("median", "range")
_MIN_MAX = _linear("min", "range")


@_rule("min_max")
def _min_max(transform: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
    shares = _MIN_MAX[0](transform, state, graph, values)
    scaled = graph.node("Mul", [shares, graph.number(np.float64(transform.high - transform.low))])
    return graph.node("Add", [scaled, graph.number(np.float64(transform.low))])


@_rule("min_max", _INVERSES)
def _from_min_max(transform: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
    shifted = graph.node("Sub", [values, graph.number(np.float64(transform.low))])
    shares = graph.node("Div", [shifted, graph.number(np.float64(transform.high - transform.low))])
    return _MIN_MAX[1](transform, state, graph, shares)


@_rule("log")
def _log(_: Any, __: dict[str, Any], graph: Graph, values: str) -> str:
    size = graph.node("Add", [graph.node("Abs", [values]), graph.number(np.float64(1))])
    return graph.node("Mul", [graph.node("Sign", [values]), graph.node("Log", [size])])


@_rule("log", _INVERSES)
def _from_log(_: Any, __: dict[str, Any], graph: Graph, values: str) -> str:
    size = graph.node("Sub", [graph.node("Exp", [graph.node("Abs", [values])]), graph.number(np.float64(1))])
    return graph.node("Mul", [graph.node("Sign", [values]), size])


@_rule("clip")
def _clip(_: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
    smaller = graph.node("Min", [values, graph.number(state["high"])])
    return graph.node("Max", [smaller, graph.number(state["low"])])


@_rule("impute")
def _impute(transform: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
    if "text" in state:
        return graph.node("Where", [_is_missing(graph, values), _text(graph, [state["text"]]), values])
    missing = graph.node("IsNaN", [values])
    filled = graph.node("Where", [missing, graph.number(state["fill"]), values])
    if not transform.indicator:
        return filled
    return graph.node("Concat", [filled, _as_number(graph, missing)], axis=1)


@_rule("impute", _INVERSES)
def _from_impute(transform: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
    if transform.indicator:
        raise NoRuleError(f"the transform {transform!r} of the target has no rule for ONNX")
    return values


@_rule("one_hot")
def _one_hot(_: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
    parts = [_is_category(graph, values, state["categories"])] if state["categories"] else []
    missing = _as_number(graph, _is_missing(graph, values))
    if state["missing"]:
        parts.append(missing)
    if state["rare"]:  # neither a category that has an output, nor missing
        known = graph.node("ReduceSum", [parts[0], graph.number(np.array([1]))])
        rest = graph.node("Sub", [graph.number(np.float64(1)), known])
        parts.append(graph.node("Sub", [rest, missing]))
    return graph.node("Concat", parts, axis=1)


@_rule("ordinal")
def _ordinal(_: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
    """Write the sum of 1 + k over the categories, of which one or none is the row's, minus 1."""
    places = np.arange(1, len(state["categories"]) + 1, dtype=np.float64)[:, np.newaxis]
    sums = graph.node("MatMul", [_is_category(graph, values, state["categories"]), graph.number(places)])
    return graph.node("Sub", [sums, graph.number(np.float64(1))])


@_rule("frequency")
def _frequency(_: Any, state: dict[str, Any], graph: Graph, values: str) -> str:
    shares = np.asarray(state["share"], np.float64)[:, np.newaxis]
    return graph.node("MatMul", [_is_category(graph, values, state["categories"]), graph.number(shares)])


def _is_category(graph: Graph, values: str, categories: list[str]) -> str:
    """Return 1 for the category of a row, else 0: ``(rows, categories)``."""
    return _as_number(graph, graph.node("Equal", [values, _text(graph, categories)]))


def _is_missing(graph: Graph, values: str) -> str:
    return graph.node("Equal", [values, _text(graph, [""])])


def _text(graph: Graph, words: list[str]) -> str:
    return graph.number(np.array([words], object))


def _as_number(graph: Graph, values: str) -> str:
    return graph.node("Cast", [values], to=onnx_library().TensorProto.DOUBLE)
