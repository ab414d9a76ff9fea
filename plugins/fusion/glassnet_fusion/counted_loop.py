"""A loop that counts, in the instructions of LLVM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir


def for_each(build: ir.IRBuilder, start: Any, stop: Any, step: Any, write: Callable[[Any], None]) -> None:
    """Write a loop from `start` to before `stop`; `write` is given the count and writes what is done with it."""
    before, body, after = build.block, build.append_basic_block("body"), build.append_basic_block("after")
    build.cbranch(build.icmp_signed("<", start, stop), body, after)
    build.position_at_end(body)
    i = build.phi(start.type)
    i.add_incoming(start, before)
    write(i)
    following = build.add(i, step, flags=("nsw",))
    i.add_incoming(following, build.block)
    build.cbranch(build.icmp_signed("<", following, stop), body, after)
    build.position_at_end(after)
