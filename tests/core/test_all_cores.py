"""Work shared between threads: everything is done once, and errors reach the caller."""

from __future__ import annotations

import os
import threading
import warnings

import numpy as np
import pytest

from glassnet import all_cores as module
from glassnet.all_cores import on_all_cores, workers


@pytest.fixture
def three_threads(monkeypatch):
    """As on a machine with three cores."""
    monkeypatch.setenv("GLASSNET_THREADS", "3")
    for kept in (module._threads, module._pool):
        kept.cache_clear()
    yield
    module._pool().shutdown()
    for kept in (module._threads, module._pool):
        kept.cache_clear()


@pytest.mark.usefixtures("three_threads")
def test_each_piece_is_done_once_by_a_worker_with_a_number_of_its_own():
    done, threads = [], {}
    barrier = threading.Barrier(3, timeout=30)

    def work(piece, worker):
        if piece < 3:
            barrier.wait()  # three threads are here at one time, or nobody gets past it
        done.append(piece)
        threads.setdefault(worker, set()).add(threading.get_ident())

    on_all_cores(20, work)

    assert sorted(done) == list(range(20))
    assert set(threads) == {0, 1, 2}
    assert all(len(each) == 1 for each in threads.values())
    assert (workers(20), workers(2)) == (3, 2)


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("guilty", ["the caller's thread", "another thread"])
def test_an_error_reaches_the_caller_when_all_threads_have_stopped(guilty):
    barrier = threading.Barrier(3, timeout=30)

    def work(piece, worker):
        barrier.wait()
        if (worker == 0) == (guilty == "the caller's thread"):
            raise ZeroDivisionError(guilty)

    with pytest.raises(ZeroDivisionError, match=guilty):
        on_all_cores(3, work)
    done = []
    on_all_cores(5, lambda piece, worker: done.append(piece))
    assert sorted(done) == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("three_threads")
def test_who_wakes_too_late_is_not_waited_for():
    done, busy = [], threading.Event()
    others = [module._pool().submit(busy.wait, 30) for _ in range(2)]

    on_all_cores(5, lambda piece, worker: done.append((piece, worker)))

    assert not any(other.done() for other in others)
    assert done == [(piece, 0) for piece in range(5)]
    busy.set()


@pytest.mark.usefixtures("three_threads")
def test_threads_handle_floating_point_errors_as_their_caller_does():
    barrier = threading.Barrier(3, timeout=30)
    handled = []

    def work(piece, worker):
        barrier.wait()
        handled.append(np.geterr()["over"])

    with np.errstate(over="raise"):
        on_all_cores(3, work)

    assert handled == ["raise"] * 3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system lets no thread choose its core")
@pytest.mark.usefixtures("three_threads")
def test_others_keep_off_the_core_of_their_caller():
    allowed = {}

    def call_from(core):
        os.sched_setaffinity(0, {core})
        barrier = threading.Barrier(3, timeout=30)

        def work(piece, worker):
            barrier.wait()
            allowed[worker] = os.sched_getaffinity(0)

        on_all_cores(3, work)

    every = os.sched_getaffinity(0)
    for core in every:
        caller = threading.Thread(target=call_from, args=(core,))
        caller.start()
        caller.join()
        others = every - {core} or every  # a machine with one core has no other
        assert allowed == {0: {core}, 1: others, 2: others}


@pytest.mark.usefixtures("three_threads")
def test_where_no_thread_may_choose_its_core_the_work_is_done_all_the_same(monkeypatch):
    def forbidden(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setaffinity", forbidden, raising=False)
    barrier = threading.Barrier(3, timeout=30)
    on_all_cores(3, lambda piece, worker: barrier.wait())


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({"GLASSNET_THREADS": "3", "OPENBLAS_NUM_THREADS": "2"}, 3),
        ({"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "4"}, 2),
        ({"OMP_NUM_THREADS": "4"}, 4),
        ({"GLASSNET_THREADS": "0", "OMP_NUM_THREADS": "many"}, None),
        ({}, None),
    ],
)
def test_the_environment_limits_the_threads(environment, threads, monkeypatch):
    for name in ("GLASSNET_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert module._threads.__wrapped__() == (threads or len(os.sched_getaffinity(0)))


@pytest.mark.usefixtures("three_threads")
def test_a_forked_process_has_threads_of_its_own():
    barrier = threading.Barrier(3, timeout=30)
    on_all_cores(3, lambda piece, worker: barrier.wait())  # all of the parent's threads are there now
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forking with threads, JAX's perhaps: that it works is what is tested
        child = os.fork()
    if child == 0:
        done = []
        on_all_cores(10, lambda piece, worker: done.append(piece))
        os._exit(0 if sorted(done) == list(range(10)) else 1)

    timer = threading.Timer(30, os.kill, (child, 9))
    timer.start()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    assert status == 0
