"""The link of a rank to the guard: it says that this rank is alive, and hears if another one is not."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import glassnet as gn

_SECONDS_BETWEEN_BEATS = 1.0
# The guard decides within 2 seconds whether all ranks have failed alike.
_SECONDS_FOR_A_VERDICT = 5.0
# A rank that computes, or waits in a library, is ended if it has not stopped by itself.
_SECONDS_TO_STOP = 3.0


class RankError(gn.GlassnetError):
    """Another rank failed, died or fell silent, so this one stops too. The guard has said so already."""


def start_guard(ranks: int) -> tuple[str, int, str]:
    """Start the guard; return the name of this machine, the port, and the word by which it knows its ranks."""
    token = secrets.token_hex(16)
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")), str(ranks)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C and the launcher end the ranks alone
    )
    assert guard.stdin is not None
    assert guard.stdout is not None
    guard.stdin.write(f"{token}\n".encode())
    guard.stdin.close()
    port = int(guard.stdout.readline())
    guard.stdout.close()
    # It outlives this process on purpose.
    guard.returncode = 0
    return socket.gethostname(), port, token


class Watch:
    """Tells the guard about this rank, and keeps what it says about the others.

    Attributes
    ----------
    stopped
        Why all ranks stop, or None.
    """

    def __init__(self, rank: int, size: int, host: str, port: int, token: str) -> None:
        self.rank, self.size = rank, size
        self.stopped: str | None = None
        self._together = threading.Event()
        self._all_left = threading.Event()
        self._is_ending = False
        self._finished: dict[int, float] = {}
        self._lock = threading.Lock()
        here = socket.gethostname()
        self._connection = socket.create_connection(("127.0.0.1" if here == host else host, port), timeout=30)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.settimeout(_SECONDS_BETWEEN_BEATS)
        self._tell(token=token, rank=rank, process=os.getpid(), host=here)
        threading.Thread(target=self._listen, name="glassnet-watch", daemon=True).start()

    def check(self) -> None:
        """Raise `RankError` if all ranks are to stop, or another one has ended that this one waits for."""
        if self.stopped is not None:
            raise RankError(f"{self.stopped}; all ranks stop")
        if self._finished and time.monotonic() - max(self._finished.values()) > _SECONDS_TO_STOP:
            text = f"it waits for rank {min(self._finished)}, which has ended; have all ranks call fit equally often"
            self.fail("RankError", text)
            raise RankError(text)

    def finish(self) -> None:
        """Say that this rank has come to its end."""
        self._tell(finished=True)

    def hint(self, text: str) -> None:
        """Say what the guard is to add to its message."""
        self._tell(hint=text)

    def fail(self, kind: str, text: str) -> None:
        """Tell of an error; return when it is known whether the others stop, or have failed in the same way."""
        if self.stopped is not None:
            return
        self._together.clear()
        self._tell(failed=text, kind=kind)
        end = time.monotonic() + _SECONDS_FOR_A_VERDICT
        while self.stopped is None and not self._together.wait(0.02) and time.monotonic() < end:
            pass

    def leave(self) -> None:
        """Wait until the other ranks have ended too, for some seconds: a launcher kills those that still write."""
        self._is_ending = True
        self._tell(left=True)
        self._all_left.wait(_SECONDS_TO_STOP)

    def close(self) -> None:
        """Say goodbye: the rank has done its work."""
        self._is_ending = True
        self._tell(bye=True)
        self._connection.close()

    def _tell(self, **message: Any) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._connection.sendall(json.dumps(message).encode() + b"\n")

    def _listen(self) -> None:
        heard = b""
        beaten_at = 0.0
        while not self._all_left.is_set():
            if time.monotonic() - beaten_at >= _SECONDS_BETWEEN_BEATS:
                self._tell(beat=True)
                beaten_at = time.monotonic()
            try:
                got = self._connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                got = b""
            if not got:
                self._lose_guard()
                return
            *lines, heard = (heard + got).split(b"\n")
            for line in lines:
                self._hear(json.loads(line))

    def _hear(self, message: dict[str, Any]) -> None:
        if "finished" in message and message["finished"] != self.rank:
            self._finished[message["finished"]] = time.monotonic()
        if "together" in message:
            self._together.set()
        if "stop" in message:
            self._stop(message["stop"])
        if "all left" in message:
            self._all_left.set()

    def _lose_guard(self) -> None:
        """Stop, since the machine of rank 0 is gone; one rank says so."""
        if self._is_ending or self.stopped is not None:
            return
        cause = "the machine of rank 0 does not answer"
        if self.rank == 1:
            os.write(2, f"error: {cause}; all {self.size} ranks stop\n".encode())
        self._stop(cause)

    def _stop(self, cause: str) -> None:
        self.stopped = cause
        threading.Thread(target=self._end, name="glassnet-end", daemon=True).start()

    def _end(self) -> None:
        """End the process if its first thread does not, such as one that waits in a library."""
        self._all_left.wait(2 * _SECONDS_TO_STOP)
        time.sleep(0.5)
        os._exit(1)
