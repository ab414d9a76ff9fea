"""The shape and type of an array, as compiled code compares them: in Python that takes longer than the code itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from llvmlite import ir

from glassnet_fusion.space import Kind
from glassnet_machine_code.installed import AXES, ELEMENTS, SHAPE, TYPE_NUMBER, type_number
from glassnet_machine_code.instructions import ADDRESS, INDEX, member

_TRUTH = ir.IntType(1)


def numbers_of(kinds: Iterable[Kind]) -> list[int]:
    """Return kinds as compiled code reads them: of each the type, the number of axes, and their lengths."""
    numbers: list[int] = []
    for shape, dtype in kinds:
        numbers += (type_number(dtype), len(shape), *shape)
    return numbers


def kind_check(module: ir.Module) -> ir.Function:
    """Write a function of an array and the address of a kind, which returns whether it is the array's."""
    function = ir.Function(module, ir.FunctionType(_TRUTH, [ADDRESS, INDEX.as_pointer()]), "is_of_kind")
    function.linkage = "internal"
    array, wanted = function.args
    build = ir.IRBuilder(function.append_basic_block())
    before, body, after = build.block, build.append_basic_block("axis"), build.append_basic_block("after")
    axes = build.sext(member(build, array, AXES, ir.IntType(32)), INDEX)
    elements = member(build, member(build, array, ELEMENTS, ADDRESS), TYPE_NUMBER, INDEX)
    lengths = member(build, array, SHAPE, INDEX.as_pointer())
    has_axes = build.icmp_signed("==", axes, _number(build, wanted, INDEX(1)))
    is_alike = build.and_(has_axes, build.icmp_signed("==", elements, _number(build, wanted, INDEX(0))))
    stop = build.select(is_alike, axes, INDEX(0))
    build.cbranch(build.icmp_signed(">", stop, INDEX(0)), body, after)

    build.position_at_end(body)
    axis, so_far = build.phi(INDEX), build.phi(_TRUTH)
    length, wanted_length = _number(build, lengths, axis), _number(build, wanted, build.add(axis, INDEX(2)))
    answer = build.and_(so_far, build.icmp_signed("==", length, wanted_length))
    following = build.add(axis, INDEX(1))
    for phi, first, later in ((axis, INDEX(0), following), (so_far, is_alike, answer)):
        phi.add_incoming(first, before)
        phi.add_incoming(later, body)
    build.cbranch(build.icmp_signed("<", following, stop), body, after)

    build.position_at_end(after)
    result = build.phi(_TRUTH)
    result.add_incoming(is_alike, before)
    result.add_incoming(answer, body)
    build.ret(result)
    return function


def _number(build: ir.IRBuilder, numbers: Any, place: Any) -> Any:
    return build.load(build.gep(numbers, [place]))
