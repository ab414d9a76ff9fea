"""Traces with fewer boxes: a layer as one box, and operations of single elements written as one formula."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs
import numpy as np

import glassnet as gn
from glassnet_reports.trace_graph import TraceGraph
from glassnet_reports.trace_nodes import Node

Graph = TypeVar("Graph", bound=TraceGraph)

# A part of more operations than this is drawn with formulas of several.
_MANY = 14
_LONGEST_FORMULA = 52


def collapsed(trace: Graph, layers: Sequence[int]) -> Graph:
    """Return a trace in which some parts, or all but the loss, have no nodes but those that others read.

    Raises
    ------
    OptionError
        If there is no such layer.
    """
    count = max(node.part for node in trace.nodes.values()) + 1
    wanted = set(layers or range(len(trace.parts) - 1))
    for index in wanted:
        if not 0 <= index < len(trace.parts):
            raise gn.OptionError(f"there is no layer {index} to collapse; the trace has 0 to {len(trace.parts) - 1}")
    last = list(trace.nodes)[-1]
    read_elsewhere = {last} | {
        name
        for node in trace.nodes.values()
        for name in node.inputs
        if trace.nodes[name].part != node.part or node.part not in wanted
    }
    sources: dict[str, tuple[str, ...]] = {}
    kept: dict[str, Node] = {}
    assert count <= len(trace.parts)
    for name, node in trace.nodes.items():
        found = [one for each in node.inputs for one in sources.get(each, (each,))]
        if node.part in wanted and node.kind == "operation":
            sources[name] = tuple(dict.fromkeys(one for one in found if _is_from_outside(trace, one, node.part)))
            if name in read_elsewhere:
                title = trace.parts[node.part].title.partition("  ")[2] or trace.parts[node.part].title
                kept[name] = attrs.evolve(node, text=title, inputs=sources[name], shown=())
                sources[name] = (name,)
        elif node.part not in wanted or node.kind in ("input", "target"):
            kept[name] = attrs.evolve(node, inputs=tuple(dict.fromkeys(found)))
    return attrs.evolve(trace, nodes=kept)


def _is_from_outside(trace: TraceGraph, name: str, part: int) -> bool:
    """Tell whether a node is something else than a parameter or state of the part."""
    node = trace.nodes[name]
    return node.part != part or node.kind in ("input", "target", "operation")


def shortened(trace: Graph) -> Graph:
    """Return a trace in which parts of many operations have formulas: ``v11 = sigmoid(v7[:6])``.

    An operation of single elements that one other reads as a whole becomes a part of that one's formula. A copy in
    another order of axes does too.
    """
    operations = Counter(node.part for node in trace.nodes.values() if node.kind == "operation")
    readers = Counter(name for node in trace.nodes.values() for name in node.inputs)
    nodes = _without_constants(trace.nodes, {part for part, count in operations.items() if count > _MANY})
    for name in list(nodes):
        node = nodes[name]
        if operations[node.part] <= _MANY or not _is_simple(node):
            continue
        for source in node.inputs:
            folded = nodes.get(source)
            if folded is not None and readers[source] == 1 and _is_simple(folded) and folded.part == node.part:
                joined = _joined(nodes[name], folded)
                if joined is not None:
                    nodes[name] = joined
                    del nodes[source]
    return attrs.evolve(trace, nodes=nodes)


def _without_constants(nodes: Mapping[str, Node], parts: set[int]) -> dict[str, Node]:
    """Return nodes in which a constant of some parts, such as ``v5 = 0``, is written where it is read."""
    constants = {
        name: node.text
        for name, node in nodes.items()
        if node.part in parts and node.operation and not node.inputs and re.fullmatch(r"[\d.e+-]+", node.text)
    }
    pattern = re.compile(rf"\b({'|'.join(constants)})\b(\[[^\]]*\]|\.T)?") if constants else None
    kept = {}
    for name, node in nodes.items():
        if pattern is not None and not constants.keys().isdisjoint(node.inputs):
            text = pattern.sub(lambda found: constants[found[1]], node.text)
            inputs = tuple(one for one in node.inputs if one not in constants)
            shown = tuple(part for part in node.shown if part.name not in constants)
            node = attrs.evolve(node, text=text, inputs=inputs, shown=shown)
        if name not in constants:
            kept[name] = node
    return kept


def _is_simple(node: Node) -> bool:
    """Tell whether a node computes each element alone, or copies."""
    name = node.operation.rpartition(".")[2]
    return (isinstance(getattr(np, name, None), np.ufunc) and name != "matmul") or name in ("copyto", "where")


def _joined(node: Node, folded: Node) -> Node | None:
    """Return a node with the formula of another one in its own, or None if that is too long or reads a part."""
    pattern = rf"\b{folded.name}\b(?!\[|\.T|\.transpose)"
    if len(re.findall(rf"\b{folded.name}\b", node.text)) != 1 or not re.search(pattern, node.text):
        return None
    is_alone = re.search(rf"[(|,] ?{folded.name}[),|]", node.text) or node.text == folded.name
    inner = f"({folded.text})" if _has_sign(folded.text) and not is_alone else folded.text
    text = _with_sigmoids(re.sub(pattern, lambda _: inner, node.text))
    if len(text) > _LONGEST_FORMULA:
        return None
    inputs = dict.fromkeys(one for name in node.inputs for one in (folded.inputs if name == folded.name else (name,)))
    # What a layer calls the folded array, such as the forget gate, goes to the parts that it is computed from.
    shown = [attrs.evolve(part, word=part.word or folded.word.partition(" at ")[0]) for part in folded.shown]
    return attrs.evolve(node, text=text, inputs=tuple(inputs), shown=(*shown, *node.shown))


def _has_sign(text: str) -> bool:
    """Tell whether a formula has an operation outside of all brackets."""
    depth = 0
    for before, sign in itertools.pairwise(text):
        depth += (before in "([") - (before in ")]")
        if depth == 0 and before == " " and sign in "+−×/@^<>=≥≤":
            return True
    return False


# What the sigmoid is computed by: a function that is large nowhere.
_SIGMOID = re.compile(r"\(tanh\(([^()]+) × 0\.5\) × 0\.5\) \+ 0\.5")


def _with_sigmoids(text: str) -> str:
    """Return a formula with the sigmoid's name for ``(tanh(z × 0.5) × 0.5) + 0.5``, which is the same function."""
    return _SIGMOID.sub(r"sigmoid(\1)", text)
