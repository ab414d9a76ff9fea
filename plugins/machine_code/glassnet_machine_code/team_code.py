"""The code of the threads that run compiled functions, in the instructions of LLVM.

A range is cut into a part for each thread, and a part into portions. A thread takes the portions of its own part, then
those that are left of others. So a late thread leaves its portions to the rest, and one that is in time works on what
its core's cache still holds. Which thread computes a portion changes no byte.

A table has a row for each thread, beginning with the caller's. A row begins with a semaphore of 4 numbers.
Then come where the next portion of its part begins, and where the part ends. In the first row, what is the same for all
follows: the address of a function, the length of a portion, the number of parts, an address that the function is given,
the largest answer, and times.

The function is given the address of four numbers: start and stop of a portion, that address, and its answer's place.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_machine_code.installed import DATA
from glassnet_machine_code.instructions import ADDRESS, INDEX, SIZE, for_each, load, member, number_at

NEXT, END, FUNCTION, PORTION, PARTS, SAME, LARGEST, TIMES, COLUMNS = 4, 5, 6, 7, 8, 9, 10, 11, 16
START, STOP, COMMON, ANSWER = range(4)
SHARE_RANGE = ir.FunctionType(INDEX, [INDEX] * 7)
_JOB = 4
# How often a thread looks for work before it sleeps; a look takes a quarter of a microsecond.
_LOOKS = 2000
# How often the caller looks whether the others have ended before it takes the job back from those that have not begun.
# A thread that sleeps needs some 50 microseconds to wake, and is awake for the next jobs then.
_LOOKS_BEFORE_RECALL = 200
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
    wait_for, work = _wait_for(module, given), _work(module)
    _serve(module, given, wait_for, work)
    gather = _gather(module, given, wait_for)
    _share(module, given, _share_range(module, given, work, gather, _now(module, given)))
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


def _work(module: ir.Module) -> ir.Function:
    """Write the function that computes portions until all are taken, given the addresses of the table and of a row."""
    function = ir.Function(module, ir.FunctionType(_NOTHING, [INDEX, INDEX]), "work")
    table, own = function.args
    build = ir.IRBuilder(function.append_basic_block())
    job = build.alloca(INDEX, _JOB)
    kind = ir.FunctionType(_NOTHING, [INDEX])
    compute = build.inttoptr(load(build, table, FUNCTION), kind.as_pointer())
    portion, parts, same = (load(build, table, place) for place in (PORTION, PARTS, SAME))
    build.store(same, build.gep(job, [INDEX(COMMON)]))
    end_of_table = build.add(table, build.mul(parts, INDEX(COLUMNS * SIZE)))

    def work_on(part: Any) -> None:
        """Write the loop over the portions of the thread's own part, or of one after it."""
        row = build.add(own, build.mul(part, INDEX(COLUMNS * SIZE)))
        row = build.select(
            build.icmp_signed("<", row, end_of_table), row, build.sub(row, build.sub(end_of_table, table))
        )
        take, do, after = (function.append_basic_block() for _ in range(3))
        build.branch(take)
        build.position_at_end(take)
        start = build.atomic_rmw("add", number_at(build, row, NEXT), portion, "monotonic")
        end = load(build, row, END)
        build.cbranch(build.icmp_signed("<", start, end), do, after)
        build.position_at_end(do)
        stop = build.add(start, portion)
        build.store(start, build.gep(job, [INDEX(START)]))
        build.store(build.select(build.icmp_signed("<", stop, end), stop, end), build.gep(job, [INDEX(STOP)]))
        build.store(INDEX(0), build.gep(job, [INDEX(ANSWER)]))
        build.call(compute, [build.ptrtoint(job, INDEX)])
        answer = build.load(build.gep(job, [INDEX(ANSWER)]))
        with build.if_then(build.icmp_signed(">", answer, INDEX(0)), likely=False):
            build.atomic_rmw("max", number_at(build, table, LARGEST), answer, "monotonic")
        build.branch(take)
        build.position_at_end(after)

    for_each(build, INDEX(0), parts, INDEX(1), work_on)
    build.ret_void()
    return function


def _serve(module: ir.Module, given: Any, wait_for: ir.Function, work: ir.Function) -> None:
    """Write the function of a thread, with the addresses of the table and of its row: it does its jobs for ever."""
    function = ir.Function(module, ir.FunctionType(_NOTHING, [INDEX, INDEX]), "serve")
    table, row = function.args
    first, job = function.append_basic_block(), function.append_basic_block()
    build = ir.IRBuilder(first)
    build.branch(job)
    build.position_at_end(job)
    build.call(wait_for, [row])
    build.call(work, [table, row])
    build.call(given["sem_post"], [table])
    build.branch(job)


def _gather(module: ir.Module, given: Any, wait_for: ir.Function) -> ir.Function:
    """Write the function that waits until no other thread works on a job, with the table's address.

    A thread that has not begun a while after all is done never sees the job: its semaphore is taken back. The function
    returns how many these were.
    """
    function = ir.Function(module, ir.FunctionType(INDEX, [INDEX]), "gather")
    (table,) = function.args
    first, look, again, recall, end = map(function.append_basic_block, ("first", "look", "again", "recall", "end"))
    build = ir.IRBuilder(first)
    parts, at_work, late = load(build, table, PARTS), build.alloca(INDEX), build.alloca(INDEX)
    build.store(INDEX(0), late)
    build.store(build.sub(parts, INDEX(1)), at_work)
    build.branch(look)

    def takes(semaphore: Any) -> Any:
        return build.icmp_signed("==", build.call(given["sem_trywait"], [semaphore]), _INT(0))

    def note_if(is_taken: Any) -> None:
        build.store(build.sub(build.load(at_work), build.zext(is_taken, INDEX)), at_work)

    def call_back(thread: Any) -> None:
        is_taken = takes(_row_of(build, table, thread))
        note_if(is_taken)
        build.store(build.add(build.load(late), build.zext(is_taken, INDEX)), late)

    build.position_at_end(look)
    looks = build.phi(INDEX)
    note_if(takes(table))
    build.cbranch(build.icmp_signed(">", build.load(at_work), INDEX(0)), again, end)

    build.position_at_end(again)
    build.call(given["sched_yield"], [])
    following = build.add(looks, INDEX(1))
    looks.add_incoming(INDEX(0), first)
    looks.add_incoming(following, again)
    build.cbranch(build.icmp_signed("<", following, INDEX(_LOOKS_BEFORE_RECALL)), look, recall)

    build.position_at_end(recall)
    for_each(build, INDEX(1), parts, INDEX(1), call_back)
    for_each(build, INDEX(0), build.load(at_work), INDEX(1), lambda _: build.call(wait_for, [table]))
    build.branch(end)

    build.position_at_end(end)
    build.ret(build.load(late))
    return function


def _row_of(build: ir.IRBuilder, table: Any, thread: Any) -> Any:
    return build.add(table, build.mul(thread, INDEX(COLUMNS * SIZE)))


def _now(module: ir.Module, given: Any) -> ir.Function:
    """Write the function that returns the time in nanoseconds."""
    function = ir.Function(module, ir.FunctionType(INDEX, []), "now")
    build = ir.IRBuilder(function.append_basic_block())
    time = build.alloca(INDEX, 2)
    build.call(given["clock_gettime"], [_INT(_MONOTONIC), time])
    seconds, rest = (build.load(build.gep(time, [INDEX(place)])) for place in range(2))
    build.ret(build.add(build.mul(seconds, INDEX(_NANOSECONDS)), rest))
    return function


def _share_range(
    module: ir.Module, given: Any, work: ir.Function, gather: ir.Function, now: ir.Function
) -> ir.Function:
    """Write the function that has threads compute a range, and returns the largest of the answers, or 0.

    It is given the addresses of the table and of a function, the number of parts, the length of a portion, start and
    stop of the range, and the address that is the same for all. The caller's thread takes the first part.
    """
    shared = ir.Function(module, SHARE_RANGE, "share_range")
    table, function, parts, portion, start, stop, common = shared.args
    build = ir.IRBuilder(shared.append_basic_block())
    one = INDEX(1)
    portions = build.sdiv(build.add(build.sub(stop, start), build.sub(portion, one)), portion)

    def border(part: Any) -> Any:
        """Return where a part begins: at a portion of the range, so that threads meet in none."""
        place = build.add(start, build.mul(portion, build.sdiv(build.mul(portions, part), parts)))
        return build.select(build.icmp_signed("<", place, stop), place, stop)

    def put_part(part: Any) -> None:
        row = _row_of(build, table, part)
        build.store(border(part), number_at(build, row, NEXT))
        build.store(border(build.add(part, one)), number_at(build, row, END))

    same = {FUNCTION: function, PORTION: portion, PARTS: parts, SAME: common, LARGEST: INDEX(0)}
    for place, number in same.items():
        build.store(number, number_at(build, table, place))
    for_each(build, INDEX(0), parts, one, put_part)
    begin = build.call(now, [])
    for_each(build, one, parts, one, lambda thread: build.call(given["sem_post"], [_row_of(build, table, thread)]))
    build.call(work, [table, table])
    middle = build.call(now, [])
    late = build.call(gather, [table])
    waited = build.sub(build.call(now, []), middle)
    # By threads that never came nothing was gained.
    worked = build.select(build.icmp_signed(">", late, INDEX(0)), INDEX(0), build.sub(middle, begin))
    for place, time in enumerate((worked, waited), TIMES):  # of one call or several
        build.store(build.add(load(build, table, place), time), number_at(build, table, place))
    build.ret(load(build, table, LARGEST))
    return shared


def _share(module: ir.Module, given: Any, share_range: ir.Function) -> None:
    """Write the function that Python calls as a built-in one: it shares a range, while others run Python.

    Its first argument is an array: the address of a function, the number of parts, the length of a portion, the end of
    the range, which begins at 0, and further numbers. Other arrays follow, and last the table. The function is given
    the addresses of the further numbers and of the numbers of each other array.
    """
    kind = ir.FunctionType(ADDRESS, [ADDRESS, ADDRESS.as_pointer(), INDEX])
    function = ir.Function(module, kind, "share")
    build = ir.IRBuilder(function.append_basic_block())
    _, arguments, count = function.args

    def data_of(argument: Any) -> Any:
        return member(build, build.load(build.gep(arguments, [argument])), DATA, INDEX)

    common = build.alloca(INDEX, 1 + _MOST_ARRAYS)
    fixed, last = data_of(INDEX(0)), build.sub(count, INDEX(1))
    build.store(build.add(fixed, INDEX(4 * SIZE)), common)
    for_each(build, INDEX(1), last, INDEX(1), lambda i: build.store(data_of(i), build.gep(common, [i])))
    job, parts, portion, stop = (load(build, fixed, place) for place in range(4))
    table = data_of(last)
    thread = build.call(given["PyEval_SaveThread"], [])
    common_address = build.ptrtoint(common, INDEX)
    answer = build.call(share_range, [table, job, parts, portion, INDEX(0), stop, common_address])
    build.call(given["PyEval_RestoreThread"], [thread])
    build.ret(build.call(given["PyLong_FromLong"], [answer]))
