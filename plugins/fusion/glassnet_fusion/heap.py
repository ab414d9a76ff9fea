"""The memory that a loop works in: of the heap, since the stack of a thread may hold no more than Python needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from glassnet_machine_code.instructions import ADDRESS, INDEX

# What allocates and frees memory, without Python's lock.
MEMORY_FUNCTIONS = ("PyMem_RawMalloc", "PyMem_RawFree")
# What a loop returns that got no memory, and has computed nothing.
NO_MEMORY = 3
# Vectors are loaded fastest from addresses that are multiples of their length.
_ALIGNMENT = 64


class Heap:
    """Memory of a function's own, which is allocated once a call.

    How much it is, is known when all else is written. So the blocks in front of the rest are ended last.

    Parameters
    ----------
    build
        What writes the function. It goes on where the memory is there.
    allocate, free
        The addresses of the functions that do it.
    """

    def __init__(self, build: ir.IRBuilder, allocate: Any, free: Any) -> None:
        self._build = build
        self._allocate = _function(build, allocate, ADDRESS, INDEX)
        self._free = _function(build, free, ir.VoidType(), ADDRESS)
        self._start = build.alloca(ADDRESS)
        self._bytes: Any = None
        self._first = build.block
        self._parts, self._body = build.append_basic_block("parts"), build.append_basic_block("body")
        build.position_at_end(self._body)

    def counted(self, count: Callable[[], Any]) -> Any:
        """Return a number of elements that is computed before there is memory, by what `count` writes."""
        with self._build.goto_block(self._first):
            return count()

    def part(self, kind: Any, size: int, count: Any) -> Any:
        """Return where a number of elements begins, each of which has this size in bytes."""
        build = self._build
        with build.goto_block(self._first):
            start = INDEX(0) if self._bytes is None else self._bytes
            length = _multiple(build, build.mul(count, INDEX(size)))
            self._bytes = build.add(start, length)
        with build.goto_block(self._parts):
            begin = build.call(_part_of(build.module), [build.load(self._start), start])
            return build.bitcast(begin, kind.as_pointer())

    def end(self, result: Any) -> None:
        """End the function, which returns a result."""
        build = self._build
        with build.goto_block(self._parts):
            build.branch(self._body)
        if self._bytes is None:
            with build.goto_block(self._first):
                build.branch(self._parts)
        else:
            build.call(self._free, [self._write_first()])
        build.ret(result)

    def _write_first(self) -> Any:
        """Write what allocates the memory, and return its address."""
        build = self._build
        without = build.append_basic_block("without")
        with build.goto_block(self._first):
            memory = build.call(self._allocate, [build.add(self._bytes, INDEX(_ALIGNMENT))])
            address = build.ptrtoint(memory, INDEX)
            build.store(build.gep(memory, [build.sub(_multiple(build, address), address)]), self._start)
            build.cbranch(build.icmp_unsigned("==", address, INDEX(0)), without, self._parts)
        with build.goto_block(without):
            build.ret(INDEX(NO_MEMORY))
        return memory


def _multiple(build: ir.IRBuilder, number: Any) -> Any:
    """Return the multiple of the alignment that is not less."""
    return build.and_(build.add(number, INDEX(_ALIGNMENT - 1)), INDEX(-_ALIGNMENT))


def _part_of(module: ir.Module) -> ir.Function:
    """Return the function that says where a part of a memory begins, given the bytes before it.

    As of memory that a call has allocated, the compiler takes it for granted that no other pointer leads into it.
    """
    name = "part_of"
    if name not in module.globals:
        function = ir.Function(module, ir.FunctionType(ADDRESS, [ADDRESS, INDEX]), name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        function.return_value.attributes.add("noalias")
        function.return_value.attributes.align = _ALIGNMENT
        build = ir.IRBuilder(function.append_basic_block())
        build.ret(build.gep(function.args[0], [function.args[1]]))
    found: ir.Function = module.globals[name]
    return found


def _function(build: ir.IRBuilder, address: Any, result: Any, argument: Any) -> Any:
    return build.inttoptr(address, ir.FunctionType(result, [argument]).as_pointer())
