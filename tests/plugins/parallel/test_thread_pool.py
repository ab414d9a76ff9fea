"""Work shared between threads: everything is done once, and errors reach the caller."""

from __future__ import annotations

import os
import signal
import threading
import warnings

import numpy as np
import pytest

from glassnet import Network, OptionError
from glassnet_parallel import thread_pool as all_cores
from glassnet_parallel.thread_pool import free_workers, num_workers, parallel_for


@pytest.fixture
def three_threads(threads):
    """As on a machine with three cores."""
    threads(3)


@pytest.mark.usefixtures("three_threads")
def test_each_piece_is_done_once_by_a_worker_with_a_number_of_its_own():
    done, threads = [], {}
    barrier = threading.Barrier(3, timeout=30)

    def work(piece, worker):
        if piece < 3:
            barrier.wait()  # three threads are here at one time, or none gets past it
        done.append(piece)
        threads.setdefault(worker, set()).add(threading.get_ident())

    parallel_for(20, work)

    assert sorted(done) == list(range(20))
    assert set(threads) == {0, 1, 2}
    assert all(len(each) == 1 for each in threads.values())
    assert (num_workers(20), num_workers(2)) == (3, 2)


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("guilty", ["the caller's thread", "another thread"])
def test_an_error_reaches_the_caller_when_all_threads_have_stopped(guilty):
    barrier = threading.Barrier(3, timeout=30)

    def work(piece, worker):
        barrier.wait()
        if (worker == 0) == (guilty == "the caller's thread"):
            raise ZeroDivisionError(guilty)

    with pytest.raises(ZeroDivisionError, match=guilty):
        parallel_for(3, work)
    done = []
    parallel_for(5, lambda piece, worker: done.append(piece))
    assert sorted(done) == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_waits_for_the_pieces_of_other_threads(times):
    """The piece of another thread sends Ctrl-C to the waiting caller, and would write after the caller has gone on."""
    main, barrier, caller_left = threading.main_thread(), threading.Barrier(3, timeout=30), threading.Event()
    writes = []

    def work(piece, worker):
        barrier.wait()
        if worker == 1:
            for _ in range(times):
                signal.pthread_kill(main.ident, signal.SIGINT)
                caller_left.wait(0.3)
            writes.append("too late" if caller_left.is_set() else "in time")

    with pytest.raises(KeyboardInterrupt):
        parallel_for(3, work)
    caller_left.set()
    assert writes == ["in time"]
    done = []
    parallel_for(5, lambda piece, worker: done.append(piece))
    assert sorted(done) == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("three_threads")
def test_a_piece_that_ctrl_c_leaves_uncounted_is_not_waited_for(monkeypatch):
    """Ctrl-C between taking a piece and doing it: the piece is neither done nor counted."""
    error_of = all_cores._Job._error_of
    barrier = threading.Barrier(3, timeout=30)
    done = []

    def interrupted(job, piece, worker):
        barrier.wait()
        if worker == 0:
            signal.raise_signal(signal.SIGINT)
        return error_of(job, piece, worker)

    monkeypatch.setattr(all_cores._Job, "_error_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        parallel_for(3, lambda piece, worker: done.append(worker))
    assert sorted(done) == [1, 2]
    assert num_workers(3) == 3  # this thread shares its work again


@pytest.mark.usefixtures("three_threads")
def test_a_thread_that_wakes_too_late_is_not_waited_for():
    done, busy = [], threading.Event()
    barrier = threading.Barrier(3, timeout=30)

    def occupy_both(piece, worker):
        barrier.wait()
        if worker:
            busy.wait(30)

    caller = threading.Thread(target=parallel_for, args=(3, occupy_both))
    caller.start()
    barrier_passed = threading.Event()
    while barrier.n_waiting or not all_cores._calls().empty():
        barrier_passed.wait(0.001)

    parallel_for(5, lambda piece, worker: done.append((piece, worker)))

    assert done == [(piece, 0) for piece in range(5)]
    busy.set()
    caller.join(30)


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets, and a fresh memory of late threads."""
    now = [100.0]
    monkeypatch.setattr(all_cores, "perf_counter", lambda: now[0])
    monkeypatch.setattr(all_cores, "_rest", all_cores._Rest())
    return now


def test_late_threads_are_left_asleep_for_longer_and_longer(clock, monkeypatch):
    """By hand: 50 ms after the first delay, twice as long after each further one, at most a second."""
    monkeypatch.setattr(all_cores, "num_threads", lambda: 2)
    for expected in (0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0):
        assert free_workers(2) == 2
        all_cores._rest.note(worked=0.001, waited=0.004)
        clock[0] += expected - 1e-6
        assert free_workers(2) == 1
        assert num_workers(2) == 2  # buffers are made for all threads
        clock[0] += 2e-6


def test_fifty_calls_in_time_forget_the_delays(clock, monkeypatch):
    monkeypatch.setattr(all_cores, "num_threads", lambda: 2)
    rest = all_cores._rest
    for in_time, expected in ((49, 0.2), (50, 0.05)):
        rest.note(worked=0.001, waited=0.004)
        for _ in range(in_time):
            rest.note(worked=0.001, waited=0.0009)
        clock[0] = rest.until
        rest.note(worked=0.001, waited=0.004)
        if in_time == 49:
            assert rest.until - clock[0] == pytest.approx(0.1)
        else:
            assert rest.until - clock[0] == pytest.approx(expected)


def test_many_small_waits_are_a_delay_too(clock, monkeypatch):
    """By hand: each call waits 0.1 ms longer than it works, and the sixth one ends beyond 0.5 ms in all."""
    monkeypatch.setattr(all_cores, "num_threads", lambda: 2)
    all_cores._rest.note(worked=0.001, waited=0.0001)  # what was saved before does not count
    for _ in range(5):
        all_cores._rest.note(worked=0.0000625, waited=0.0001625 - 1e-9)
        assert free_workers(2) == 2
    all_cores._rest.note(worked=0.0000625, waited=0.0001625)
    assert free_workers(2) == 1


@pytest.mark.usefixtures("three_threads")
def test_while_others_rest_the_caller_does_every_piece(clock):
    all_cores._rest.note(worked=0.001, waited=0.004)
    done = []
    parallel_for(5, lambda piece, worker: done.append((piece, worker, threading.get_ident())))
    assert done == [(piece, 0, threading.get_ident()) for piece in range(5)]


@pytest.mark.usefixtures("three_threads")
def test_threads_handle_floating_point_errors_as_their_caller_does():
    barrier = threading.Barrier(3, timeout=30)
    handled = []

    def work(piece, worker):
        barrier.wait()
        handled.append(np.geterr()["over"])

    with np.errstate(over="raise"):
        parallel_for(3, work)

    assert handled == ["raise"] * 3


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({"GLASSNET_THREADS": "3", "OPENBLAS_NUM_THREADS": "2"}, 3),
        ({"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "4"}, 2),
        ({"OMP_NUM_THREADS": "4"}, 4),
        ({"OMP_NUM_THREADS": "many"}, None),
        ({}, None),
    ],
)
def test_the_environment_limits_the_threads(environment, threads, monkeypatch):
    for name in ("GLASSNET_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    monkeypatch.setattr(all_cores, "cores", lambda: 7)
    assert all_cores.num_threads.__wrapped__() == (threads or 7)


@pytest.mark.parametrize("text", ["0", "-1", "many", "", "1.5"])
def test_a_number_of_threads_that_is_none_is_refused(text, monkeypatch):
    monkeypatch.setenv("GLASSNET_THREADS", text)
    with pytest.raises(OptionError, match="GLASSNET_THREADS must be a whole number from 1 on"):
        all_cores.num_threads.__wrapped__()


@pytest.mark.parametrize(
    ("content", "cores"),
    [("150000 100000", 2), ("100000 100000", 1), ("max 100000", None), ("nonsense", None), (None, None)],
)
def test_a_control_group_limits_the_cores(content, cores, tmp_path):
    if content is not None:
        (tmp_path / "cpu.max").write_text(content)
    assert all_cores._cores_of_group(tmp_path / "cpu.max") == cores


@pytest.mark.usefixtures("three_threads")
def test_a_forked_process_has_threads_of_its_own():
    barrier = threading.Barrier(3, timeout=30)
    parallel_for(3, lambda piece, worker: barrier.wait())  # all of the parent's threads are there now
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forking with threads, JAX's perhaps: that it works is what is tested
        child = os.fork()
    if child == 0:
        done = []
        parallel_for(10, lambda piece, worker: done.append(piece))
        os._exit(0 if sorted(done) == list(range(10)) else 1)

    timer = threading.Timer(30, os.kill, (child, 9))
    timer.start()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    assert status == 0


def test_a_wrong_number_of_threads_is_refused_before_anything_is_made(monkeypatch):
    """A small network shares no work, so nothing else would ask for the number."""
    monkeypatch.setenv("GLASSNET_THREADS", "two")
    all_cores.num_threads.cache_clear()
    try:
        with pytest.raises(OptionError, match="GLASSNET_THREADS must be a whole number from 1 on"):
            Network("dense(2)")
    finally:
        all_cores.num_threads.cache_clear()
