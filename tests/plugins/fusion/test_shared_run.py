"""Compiled code that threads share: the bytes of NumPy's operations, for any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_fusion import shared_run
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.fused_optimizer import update_of
from glassnet_fusion.programs import finish_compiling

pytest.importorskip("llvmlite")


@pytest.fixture
def parts(sharing, monkeypatch):
    """Return a function that sets a number of threads as `sharing` does, and returns a list of parts."""
    from glassnet_machine_code import team as compiled_team

    counts, on_team = [], compiled_team.on_team

    def counted(jobs, *arguments):
        counts.append(jobs)
        return on_team(jobs, *arguments)

    monkeypatch.setattr(compiled_team, "on_team", counted)

    def set_number(count):
        sharing(count)
        return counts

    return set_number


@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("name", ["adam", "rmsprop", "lion"])
def test_threads_take_the_step_of_one(name, count, parts):
    optimizer = gn.create("optimizer", name)
    rng = np.random.default_rng(0)
    p, g = rng.normal(size=(2, 10_007)).astype("float32")
    wanted = p.copy(), {name: np.zeros_like(p) for name in optimizer.slots}
    got = p.copy(), {name: np.zeros_like(p) for name in optimizer.slots}
    counts = parts(count)
    fused = update_of(optimizer)
    fused.take(p.copy(), g.copy(), {name: np.zeros_like(p) for name in optimizer.slots}, 0.01, 1)
    finish_compiling()
    counts.clear()
    for step in (1, 2, 3):
        optimizer.update(wanted[0], g.copy(), wanted[1], 0.01, step)
        assert fused.take(got[0], g.copy(), got[1], 0.01, step)
    assert counts == [count] * 3
    assert got[0].tobytes() == wanted[0].tobytes()
    assert [got[1][name].tobytes() for name in got[1]] == [wanted[1][name].tobytes() for name in got[1]]


@pytest.mark.parametrize("name", ["relu", "gelu", "softmax"])
def test_threads_share_the_rows_of_an_activation(name, parts, compiled, same_bytes):
    activation = gn.create("activation", name)
    x = np.random.default_rng(0).normal(0, 3, (251, 40)).astype("float32")
    counts = parts(3)
    fused = everything_fused(activation)
    same_bytes(compiled(fused.forward, x), activation.forward(x))
    assert set(counts) == {3}


def test_a_label_that_one_thread_finds_wrong_leaves_all_to_numpy(parts, compiled):
    """Column 7 of 5 is asked for in the last row, which the second thread has."""
    loss = gn.create("loss", "categorical_crossentropy")
    function = FusedFunction(loss.per_sample, lambda *arrays: "left to NumPy")
    y = np.full((400, 5), 0.2, "float32")
    labels = np.zeros(400, np.int64)
    counts = parts(2)
    assert isinstance(compiled(function, y, labels), np.ndarray)
    labels[-1] = 7
    assert function(y, labels) == "left to NumPy"
    assert set(counts) == {2}


def test_another_thread_that_has_the_team_is_not_waited_for(parts, team, compiled):
    x = np.linspace(-1, 1, 5001, dtype="float32")
    function = FusedFunction(lambda x: (x * x + x) * 2, lambda x: "left to NumPy")
    counts = parts(2)
    with team(2).is_free:
        got = compiled(function, x)
    assert set(counts) == {2}
    np.testing.assert_array_equal(got, (x * x + x) * 2)


@pytest.mark.parametrize("count", [2, 3])
def test_threads_take_samples_with_memory_of_their_own(count, parts):
    """An image with what is around it takes 0.5 MB, more than the stack of a thread is asked for."""

    def averages(x):
        seen = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3), (1, 2))
        return seen.max(axis=(4, 5)) * 2 + x

    x = np.random.default_rng(0).normal(size=(7, 44, 44, 64)).astype("float32")
    counts = parts(count)
    fused = FusedFunction(averages, averages)
    fused(x)
    finish_compiling()
    counts.clear()
    wanted = averages(x).tobytes()
    assert all(fused(x).tobytes() == wanted for _ in range(10))
    assert (counts, fused.last_reason) == ([count] * 10, "")


def test_a_formula_of_many_arrays_is_shared_from_fewer_elements_on():
    """Worked out by hand: 300,000 numbers a thread, and an exp counts as 10."""
    assert shared_run.least_for_a_thread(arrays=2, calls=0) == 150_000
    assert shared_run.least_for_a_thread(arrays=2, calls=1) == 25_000
    assert shared_run.least_for_a_thread(arrays=7, calls=0) == 42_857
