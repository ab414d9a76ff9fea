"""Threads of compiled code: each part of a range is done once, answers come back, and damaged code is made anew."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from llvmlite import ir

import glassnet as gn
from glassnet_machine_code import code_cache, compiler
from glassnet_machine_code.installed import has_team
from glassnet_machine_code.instructions import INDEX, for_each, load, number_at
from glassnet_machine_code.team import code, on_team, table_for
from glassnet_machine_code.team_code import ANSWER, COMMON, START, STOP, module_of_team

pytestmark = pytest.mark.skipif(not has_team(), reason="threads run no compiled code here")


@pytest.fixture(scope="module")
def count_up():
    """Return the address of a function that adds 1 to each number of a range, and answers the end of its range."""
    module = ir.Module("count_up")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INDEX]), "count_up")
    build = ir.IRBuilder(function.append_basic_block())
    job = function.args[0]
    start, stop, common = (load(build, job, place) for place in (START, STOP, COMMON))
    numbers = build.inttoptr(load(build, common, 1), INDEX.as_pointer())

    def add(i):
        place = build.gep(numbers, [i])
        build.store(build.add(build.load(place), INDEX(1)), place)

    for_each(build, start, stop, INDEX(1), add)
    build.store(stop, number_at(build, job, ANSWER))
    build.ret_void()
    return compiler.addresses_of(module, "count_up")[0]


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize("length", [1, 2, 7, 1000])
def test_each_number_of_a_range_is_counted_once(length, count, count_up, team):
    team(count)
    numbers = np.zeros(length, np.int64)
    for calls in range(1, 51):
        assert on_team(count, code().share, np.array([count_up, count, 1, length], np.int64), numbers) == length
        assert (numbers == calls).all()


def test_a_thread_that_never_comes_leaves_its_part_to_the_caller(count_up):
    numbers = np.zeros(11, np.int64)
    for calls in range(1, 4):
        assert code().share(np.array([count_up, 3, 2, 11], np.int64), numbers, table_for(3)) == 11
        assert (numbers == calls).all()


def test_a_late_thread_leaves_its_portions_to_others(team):
    """Portion 4 of 8, with which the second part begins, waits until the seven others are done."""
    module = ir.Module("late")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INDEX]), "late")
    first, loop, end = (function.append_basic_block() for _ in range(3))
    build = ir.IRBuilder(first)
    start, common = load(build, function.args[0], START), load(build, function.args[0], COMMON)
    done = build.inttoptr(load(build, common, 1), INDEX.as_pointer())
    build.cbranch(build.icmp_signed("==", start, INDEX(4)), loop, end)
    build.position_at_end(loop)
    build.cbranch(build.icmp_signed("==", build.load_atomic(done, "acquire", 8), INDEX(7)), end, loop)
    build.position_at_end(end)
    build.atomic_rmw("add", done, INDEX(1), "acq_rel")
    build.ret_void()
    (late,) = compiler.addresses_of(module, "late")
    team(2)
    for _ in range(20):
        done = np.zeros(1, np.int64)
        assert on_team(2, code().share, np.array([late, 2, 1, 8], np.int64), done) == 0
        assert done[0] == 8


def test_others_run_python_while_a_range_is_shared(team):
    """The function waits for a number that another thread of Python writes."""
    module = ir.Module("wait")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INDEX]), "wait")
    first, loop, end = (function.append_basic_block() for _ in range(3))
    build = ir.IRBuilder(first)
    number = build.inttoptr(load(build, load(build, function.args[0], COMMON), 1), INDEX.as_pointer())
    build.branch(loop)
    build.position_at_end(loop)
    value = build.load_atomic(number, "acquire", 8)
    build.cbranch(build.icmp_signed("==", value, INDEX(7)), end, loop)
    build.position_at_end(end)
    build.ret_void()
    (wait,) = compiler.addresses_of(module, "wait")
    team(2)
    number = np.zeros(1, np.int64)
    timer = threading.Timer(0.05, lambda: number.__setitem__(0, 7))
    timer.start()
    assert on_team(2, code().share, np.array([wait, 2, 1, 2], np.int64), number) == 0
    timer.join()


@pytest.mark.parametrize(
    "damage", [lambda code: code[:-1], lambda code: b"", lambda code: code[:99] + b"?" + code[100:]]
)
def test_damaged_code_of_the_team_is_compiled_anew(damage, tmp_path, monkeypatch):
    monkeypatch.setattr(code_cache, "folder", lambda: tmp_path / "cache")
    names = "serve", "share_range", "share"
    compiler.addresses_of(module_of_team(), *names)
    (file,) = (tmp_path / "cache").iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    with pytest.warns(gn.GlassnetWarning, match=f"{file.name} is damaged, and is compiled anew"):
        assert all(compiler.addresses_of(module_of_team(), *names))
    assert file.read_bytes() == whole


def test_a_process_ends_while_its_threads_wait():
    program = """
import numpy as np
from glassnet_accelerators.product_team import shared
ones, out = np.ones((600, 600), np.float32), np.zeros((600, 600), np.float32)
assert shared((ones, ones, out)) and (out == 600).all()
"""
    environment = {**os.environ, "GLASSNET_THREADS": "2"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=120)


def test_a_long_training_of_dense_layers_does_not_import_numba():
    program = """
import sys, llvmlite, numpy as np, glassnet as gn
x = np.ones((128, 300), np.float32)
net = gn.Network("dense(300)")
class Names(gn.Callback):
    def on_run_start(self, run):
        assert "shared_dense" in run.describe()["accelerators"]
net.fit(x, x, loss="mse", optimizer="adam", epochs=3, batch_size=128, callbacks=[Names()], progress=False)
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
