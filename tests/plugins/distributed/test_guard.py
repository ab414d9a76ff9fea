"""The guard: it names the rank that failed, once, and stops the others."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import glassnet_distributed
from glassnet_distributed import watch
from glassnet_distributed.guard import Guard
from glassnet_distributed.meeting import limited_wait
from glassnet_distributed.watch import RankError, Watch

GUARD = Path(glassnet_distributed.__file__).with_name("guard.py")


class Rank:
    """A rank as the guard sees it."""

    def __init__(self, port, rank, token="word"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.tell(token=token, rank=rank, process=100 + rank, host=f"node{rank}")

    def tell(self, **message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def hear(self):
        got = b""
        while not got.endswith(b"\n"):
            received = self.socket.recv(4096)
            if not received:
                break
            got += received
        return [json.loads(line) for line in got.splitlines()]


@pytest.fixture
def guard():
    """Return a function that starts a guard of some ranks; it returns the process and the ranks."""
    started, connected = [], []

    def start(ranks, silence=6):
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", GUARD, str(ranks), str(silence)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        process.stdin.write("word\n")
        process.stdin.flush()
        port = int(process.stdout.readline())
        connected.extend(Rank(port, rank) for rank in range(ranks))
        return process, connected[-ranks:]

    yield start
    for rank in connected:
        rank.socket.close()
    for process in started:
        process.kill()
        process.communicate()


def said(process):
    return process.communicate(timeout=15)[1]


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0)])
def test_the_rank_that_was_lost_first_is_named(capfd, first, second):
    server = socket.create_server(("127.0.0.1", 0))
    watching = Guard(server, 2, "word", 6)
    ranks = [Rank(server.getsockname()[1], rank) for rank in range(2)]
    for _ in range(4):
        watching.listen(1)
    ranks[second].tell(beat=True)
    watching.listen(1)
    ranks[first].socket.close()
    ranks[second].socket.close()
    watching.listen(1)
    server.close()
    assert f"error: rank {first} (process 10{first} on node{first}) was killed" in capfd.readouterr().err


def test_a_rank_that_dies_is_named_and_the_others_stop(guard):
    process, (zero, one, two) = guard(3)
    zero.tell(hint="; the run in runs/x can be continued")
    time.sleep(0.2)
    one.socket.close()
    for rank in (zero, two):
        assert rank.hear()[0]["rank"] == 1
    for rank in (zero, two):
        rank.tell(left=True)
    assert zero.hear() == [{"all left": True}]
    for rank in (zero, two):
        rank.socket.close()
    assert said(process) == (
        "error: rank 1 (process 101 on node1) was killed or lost its connection; all 3 ranks stop; "
        "the run in runs/x can be continued\n"
    )


def test_an_error_of_one_rank_stops_all(guard):
    process, (zero, one) = guard(2)
    one.tell(failed="x is bad; give good data", kind="DataError")
    assert zero.hear()[0]["rank"] == 1
    for rank in (zero, one):
        rank.socket.close()
    assert said(process) == "error: rank 1 (process 101 on node1): x is bad; give good data; all 2 ranks stop\n"


def test_an_error_of_all_ranks_is_left_to_them(guard):
    process, (zero, one) = guard(2)
    for rank in (one, zero):
        rank.tell(failed="x is bad", kind="DataError")
    assert zero.hear() == one.hear() == [{"together": True}]
    for rank in (zero, one):
        rank.tell(bye=True)
        rank.socket.close()
    assert said(process) == ""


def test_different_errors_are_not_taken_for_one(guard):
    process, (zero, one) = guard(2)
    one.tell(failed="disk full", kind="OSError")
    time.sleep(0.1)
    zero.tell(failed="waited in vain", kind="TimeoutError")
    assert zero.hear()[0]["stop"].endswith("disk full")
    for rank in (zero, one):
        rank.socket.close()
    assert said(process).count("error:") == 1


def test_a_silent_rank_is_named(guard):
    process, (zero, one) = guard(2, silence=2)
    deadline = time.monotonic() + 9
    heard = []
    zero.socket.settimeout(0.5)
    while not heard and time.monotonic() < deadline:
        zero.tell(beat=True)
        try:
            heard = zero.hear()
        except TimeoutError:
            continue
    assert heard[0]["rank"] == 1
    for rank in (zero, one):
        rank.socket.close()
    assert "rank 1 (process 101 on node1) has not answered for 2 seconds" in said(process)


def test_a_stranger_is_not_heard(guard):
    process, (zero, one) = guard(2)
    stranger = Rank(zero.socket.getpeername()[1], 1, token="guessed")
    assert stranger.hear() == []
    stranger.socket.close()
    for rank in (zero, one):
        rank.tell(bye=True)
        rank.socket.close()
    assert said(process) == ""


def test_the_guard_ends_with_its_ranks(guard):
    process, ranks = guard(2)
    for rank in ranks:
        rank.tell(bye=True)
        rank.socket.close()
    assert process.wait(timeout=5) == 0


def test_a_rank_hears_why_it_stops(guard, monkeypatch):
    ended = []
    monkeypatch.setattr(watch, "_SECONDS_TO_STOP", 0.2)
    monkeypatch.setattr(watch.os, "_exit", ended.append)
    process, (zero,) = guard(1)
    port = zero.socket.getpeername()[1]
    own = Watch(1, 2, socket.gethostname(), port, "word")
    own.check()
    time.sleep(0.2)
    zero.socket.close()
    deadline = time.monotonic() + 5
    while own.stopped is None and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(RankError, match=r"rank 0 .* was killed or lost its connection; all ranks stop"):
        own.check()
    own.leave()
    deadline = time.monotonic() + 5
    while not ended and time.monotonic() < deadline:
        time.sleep(0.05)
    own.close()
    assert ended == [1]  # a thread that waits in a library would be ended
    assert "rank 0" in said(process)


@pytest.mark.parametrize("wait", ["time.sleep(60)", "ctypes.PyDLL(None).sleep(60)"])
def test_ranks_that_do_not_come_are_not_waited_for_without_end(wait):
    """The second way of waiting holds Python's lock, as MPI does while it starts."""
    code = f"import ctypes, time; from glassnet_distributed.meeting import limited_wait\nwith limited_wait(0.1): {wait}"
    variables = {**os.environ, "PMI_RANK": "0", "PMI_SIZE": "4"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == "error: rank 0 has waited 0 seconds for other ranks; see why one of 4 is missing\n"


def test_ranks_that_meet_end_the_watch():
    started = time.monotonic()
    with limited_wait(0.8):
        pass
    time.sleep(1)
    assert time.monotonic() - started > 1  # this process was not ended
