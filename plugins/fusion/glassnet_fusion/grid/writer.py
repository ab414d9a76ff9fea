"""The code of a formula over several axes: one sample after another, and what all of them share before and after."""

from __future__ import annotations

from functools import partial
from typing import Any

from llvmlite import ir

from glassnet_fusion.computed import in_order
from glassnet_fusion.entries import ADD_AT, REDUCE, SCATTER, NotTracedError
from glassnet_fusion.grid.index import Index
from glassnet_fusion.grid.kept import Kept
from glassnet_fusion.grid.node import Grid, Node
from glassnet_machine_code.instructions import INDEX


def write_grid(graph: Grid, function: ir.Function, own: frozenset[Any]) -> None:
    """Write the loops of a formula; compiled code may compute the functions in `own`."""
    _Samples(graph, function, own).write()


class _Samples(Kept):
    def write(self) -> None:
        self.body()
        for node in self.kept:
            self._give_memory(node)
        late = self._that_need_totals()
        alone = [node for node in self.kept if not node.has_items and not node.is_total]
        before, after = ([node for node in alone if (id(node) in late) == is_late] for is_late in (False, True))
        if any(id(node) in late for node in self.kept if node not in after):
            raise NotTracedError("it computes with what all samples have to be known for")
        for node in before:
            self.write_kept([node])
        totals = [node for node in self.kept if node.is_total]
        for node in totals:
            self.clear(node)
        self.for_each(self.start, self.stop, INDEX(1), self._write_sample)
        self.ready |= {id(node) for node in totals}
        self.item = None
        for node in after:
            self.write_kept([node])
        self._write_outputs(has_items=False)
        self.end()

    def _give_memory(self, node: Node) -> None:
        """Choose where a kept value is: in the array of a result, or in memory of the function's own."""
        if node.operation not in (REDUCE, SCATTER, ADD_AT):
            return  # NumPy writes it over its operands
        place = next((place for place, value in self.outputs if node in (value, _base_of(value))), None)
        if place is None:
            self.memory[id(node)] = self.own_memory(node.dtype, self._size(node)), False
        else:
            self.memory[id(node)] = self.arrays[place], True

    def _that_need_totals(self) -> set[int]:
        """Return the values that are known only when all samples are added up."""
        late: set[int] = set()
        for node in self.graph.values():
            if any(id(each) in late or each.is_total for each in node.operands):
                late.add(id(node))
        return late

    def _write_sample(self, item: Any) -> None:
        self.item = item
        self.body()
        for nodes in self._together():
            self.write_kept(nodes)
        self.ready -= {id(node) for node in self.kept if node.is_total}
        self._write_outputs(has_items=True)

    def _together(self) -> list[list[Node]]:
        """Return the kept values of a sample in order, those together that one loop can compute."""
        groups: list[tuple[Any, list[Node]]] = []
        place_of: dict[int, int] = {}
        for node in self.kept:
            if not (node.has_items or node.is_total):
                continue
            needed = [place_of[id(each)] for each in in_order([*node.operands]) if id(each) in place_of]
            key = (node.operands[0].shape, node.detail) if node.operation == REDUCE else id(node)
            place = max(needed, default=-1) + 1
            while place < len(groups) and groups[place][0] != key:
                place += 1
            if place == len(groups):
                groups.append((key, []))
            groups[place][1].append(node)
            place_of[id(node)] = place
        return [nodes for _, nodes in groups]

    def _write_outputs(self, *, has_items: bool) -> None:
        """Write the results that are not in their arrays yet."""
        waiting: dict[Any, list[tuple[Any, Node]]] = {}
        for place, node in self.outputs:
            is_there = self.memory.get(id(node), (None, False)) == (self.arrays[place], True)
            if node.has_items == has_items and not is_there:
                waiting.setdefault(node.shape, []).append((self.arrays[place], node))
        for shape, outputs in waiting.items():
            self.for_each_element(shape, has_items, partial(self._write_elements, outputs))

    def _write_elements(self, outputs: list[tuple[Any, Node]], index: Index) -> None:
        self.body()
        computed = [(self.value(node, index), self.offset(node, index, of_sample=False)) for _, node in outputs]
        for (array, _), (value, at) in zip(outputs, computed, strict=True):
            self.store(value, array, INDEX(at) if type(at) is int else at)


def _base_of(node: Node) -> Node:
    """Return the array with rows added, if values are written into that; otherwise the node itself."""
    base = node
    while base.operation == SCATTER:
        base = base.operands[0]
    return base if base.operation == ADD_AT else node
