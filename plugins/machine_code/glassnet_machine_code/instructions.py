"""What compiled code is written with, in the instructions of LLVM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

INDEX, BYTE, DOUBLE = ir.IntType(64), ir.IntType(8), ir.DoubleType()
ADDRESS = BYTE.as_pointer()
# The bytes of an INDEX.
SIZE = 8


def for_each(build: ir.IRBuilder, start: Any, stop: Any, step: Any, write: Callable[[Any], None]) -> None:
    """Write a loop from `start` to before `stop`."""
    before = build.block
    body, after = build.append_basic_block("body"), build.append_basic_block("after")
    build.cbranch(build.icmp_signed("<", start, stop), body, after)
    build.position_at_end(body)
    i = build.phi(INDEX)
    i.add_incoming(start, before)
    write(i)
    following = build.add(i, step, flags=("nsw",))
    i.add_incoming(following, build.block)
    build.cbranch(build.icmp_signed("<", following, stop), body, after)
    build.position_at_end(after)


def number_at(build: ir.IRBuilder, address: Any, place: int) -> Any:
    """Write a pointer to the number at a place of those that begin at an address, which is a number itself."""
    return build.gep(build.inttoptr(address, INDEX.as_pointer()), [INDEX(place)])


def load(build: ir.IRBuilder, address: Any, place: int) -> Any:
    """Read the number at a place of those that begin at an address."""
    return build.load(number_at(build, address, place))


def member(build: ir.IRBuilder, thing: Any, offset: int, kind: Any) -> Any:
    """Read a member of an object of Python."""
    return build.load(build.bitcast(build.gep(thing, [INDEX(offset)]), kind.as_pointer()))
