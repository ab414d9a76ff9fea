"""The code of the threads that run compiled functions, in the instructions of LLVM.

A table has a row for each thread, beginning with the caller's. A row begins with a semaphore, which takes four numbers.
Then come the address of a function and the four numbers that it is given: start and stop of a range, an address that is
the same for all threads, and the place of its answer. In the first row, times follow.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_machine_code.installed import DATA
from glassnet_machine_code.instructions import ADDRESS, INDEX, SIZE, for_each, load, member, number_at

FUNCTION, JOB, TIMES, COLUMNS = 4, 5, 9, 16
START, STOP, COMMON, ANSWER = range(4)
SHARE_RANGE = ir.FunctionType(INDEX, [INDEX] * 6)
# How often a thread looks for work before it sleeps; a look takes a quarter of a microsecond.
_LOOKS = 2000
_NANOSECONDS = 1_000_000_000
# From time.h
_MONOTONIC = 1
_MOST_ARRAYS = 6

_INT, _NOTHING = ir.IntType(32), ir.VoidType()
# Functions of the C library and of Python.
_KINDS = {
    "sem_post": ir.FunctionType(_INT, [INDEX]),
    "sem_wait": ir.FunctionType(_INT, [INDEX]),
    "sem_trywait": ir.FunctionType(_INT, [INDEX]),
    "sched_yield": ir.FunctionType(_INT, []),
    "clock_gettime": ir.FunctionType(_INT, [_INT, INDEX.as_pointer()]),
    "PyEval_SaveThread": ir.FunctionType(ADDRESS, []),
    "PyEval_RestoreThread": ir.FunctionType(_NOTHING, [ADDRESS]),
    "PyLong_FromLong": ir.FunctionType(ADDRESS, [INDEX]),
}


def module_of_team() -> ir.Module:
    """Return the code of `serve` and `share_range`, and of `share`, which Python calls."""
    module = ir.Module("team")
    given = {name: ir.Function(module, kind, name) for name, kind in _KINDS.items()}
    wait_for = _wait_for(module, given)
    _serve(module, given, wait_for)
    _share(module, given, _share_range(module, given, wait_for, _now(module, given)))
    return module


def _wait_for(module: ir.Module, given: Any) -> ir.Function:
    """Write the function that waits for a semaphore: it looks for a while, then sleeps."""
    function = ir.Function(module, ir.FunctionType(_NOTHING, [INDEX]), "wait_for")
    first, look, again, sleep, end = map(function.append_basic_block, ("first", "look", "again", "sleep", "end"))
    build = ir.IRBuilder(first)
    build.branch(look)

    build.position_at_end(look)
    looks = build.phi(INDEX)
    is_there = build.icmp_signed("==", build.call(given["sem_trywait"], function.args), _INT(0))
    build.cbranch(is_there, end, again)

    build.position_at_end(again)
    build.call(given["sched_yield"], [])
    following = build.add(looks, INDEX(1))
    looks.add_incoming(INDEX(0), first)
    looks.add_incoming(following, again)
    build.cbranch(build.icmp_signed("<", following, INDEX(_LOOKS)), look, sleep)

    build.position_at_end(sleep)  # again, if a signal comes in between
    is_there = build.icmp_signed("==", build.call(given["sem_wait"], function.args), _INT(0))
    build.cbranch(is_there, end, sleep)

    build.position_at_end(end)
    build.ret_void()
    return function


def _serve(module: ir.Module, given: Any, wait_for: ir.Function) -> None:
    """Write the function of a thread, with the addresses of the table and of its row: it does its jobs for ever."""
    function = ir.Function(module, ir.FunctionType(_NOTHING, [INDEX, INDEX]), "serve")
    table, row = function.args
    first, job = function.append_basic_block(), function.append_basic_block()
    build = ir.IRBuilder(first)
    build.branch(job)
    build.position_at_end(job)
    build.call(wait_for, [row])
    _do_job(build, row)
    build.call(given["sem_post"], [table])
    build.branch(job)


def _do_job(build: ir.IRBuilder, row: Any) -> None:
    kind = ir.FunctionType(_NOTHING, [INDEX])
    function = build.inttoptr(load(build, row, FUNCTION), kind.as_pointer())
    build.call(function, [build.add(row, INDEX(JOB * SIZE))])


def _now(module: ir.Module, given: Any) -> ir.Function:
    """Write the function that returns the time in nanoseconds."""
    function = ir.Function(module, ir.FunctionType(INDEX, []), "now")
    build = ir.IRBuilder(function.append_basic_block())
    time = build.alloca(INDEX, 2)
    build.call(given["clock_gettime"], [_INT(_MONOTONIC), time])
    seconds, rest = (build.load(build.gep(time, [INDEX(place)])) for place in range(2))
    build.ret(build.add(build.mul(seconds, INDEX(_NANOSECONDS)), rest))
    return function


def _share_range(module: ir.Module, given: Any, wait_for: ir.Function, now: ir.Function) -> ir.Function:
    """Write the function that calls one for each part of a range, and returns the largest of its answers.

    It is given the addresses of the table and of that function, the number of parts, start and stop of the range, and
    the address that is the same for all. The caller's thread takes the first part.
    """
    shared = ir.Function(module, SHARE_RANGE, "share_range")
    table, function, parts, start, stop, common = shared.args
    build = ir.IRBuilder(shared.append_basic_block())
    one = INDEX(1)

    def row_of(thread: Any) -> Any:
        return build.add(table, build.mul(thread, INDEX(COLUMNS * SIZE)))

    def border(part: Any) -> Any:
        return build.add(start, build.sdiv(build.mul(build.sub(stop, start), part), parts))

    def put_job(part: Any) -> None:
        numbers = {JOB + START: border(part), JOB + STOP: border(build.add(part, one)), JOB + COMMON: common}
        for place, number in (numbers | {JOB + ANSWER: INDEX(0), FUNCTION: function}).items():
            build.store(number, number_at(build, row_of(part), place))

    for_each(build, INDEX(0), parts, one, put_job)
    begin = build.call(now, [])
    for_each(build, one, parts, one, lambda thread: build.call(given["sem_post"], [row_of(thread)]))
    _do_job(build, table)
    middle = build.call(now, [])
    for_each(build, one, parts, one, lambda thread: build.call(wait_for, [table]))
    build.store(build.sub(middle, begin), number_at(build, table, TIMES))
    build.store(build.sub(build.call(now, []), middle), number_at(build, table, TIMES + 1))

    largest = build.alloca(INDEX)
    build.store(INDEX(0), largest)

    def compare(part: Any) -> None:
        answer, before = load(build, row_of(part), JOB + ANSWER), build.load(largest)
        build.store(build.select(build.icmp_signed(">", answer, before), answer, before), largest)

    for_each(build, INDEX(0), parts, one, compare)
    build.ret(build.load(largest))
    return shared


def _share(module: ir.Module, given: Any, share_range: ir.Function) -> None:
    """Write the function that Python calls as a built-in one: it shares a range, while others run Python.

    Its first argument is an array: the address of a function, the number of parts, the end of the range, which begins
    at 0, and further numbers. Other arrays follow, and last the table. The function is given the addresses of the
    further numbers and of the numbers of each other array.
    """
    kind = ir.FunctionType(ADDRESS, [ADDRESS, ADDRESS.as_pointer(), INDEX])
    function = ir.Function(module, kind, "share")
    build = ir.IRBuilder(function.append_basic_block())
    _, arguments, count = function.args

    def data_of(argument: Any) -> Any:
        return member(build, build.load(build.gep(arguments, [argument])), DATA, INDEX)

    common = build.alloca(INDEX, 1 + _MOST_ARRAYS)
    fixed, last = data_of(INDEX(0)), build.sub(count, INDEX(1))
    build.store(build.add(fixed, INDEX(3 * SIZE)), common)
    for_each(build, INDEX(1), last, INDEX(1), lambda i: build.store(data_of(i), build.gep(common, [i])))
    job, parts, stop = (load(build, fixed, place) for place in range(3))
    table = data_of(last)
    thread = build.call(given["PyEval_SaveThread"], [])
    common_address = build.ptrtoint(common, INDEX)
    answer = build.call(share_range, [table, job, parts, INDEX(0), stop, common_address])
    build.call(given["PyEval_RestoreThread"], [thread])
    build.ret(build.call(given["PyLong_FromLong"], [answer]))
