"""A small process beside rank 0 that notices when a rank fails, dies or is silent, says so once, and stops the others.

It imports nothing but the standard library, and is started with ``python -I -S guard.py RANKS [SILENCE]``. It is a
process of its own, since a launcher kills all ranks as soon as one of them dies, before any could say which one it was.
Messages are lines of JSON; the first of each connection says which rank it is.
"""

import contextlib
import json
import os
import selectors
import socket
import sys
import time

SILENCE = 6.0
"""Seconds after which a rank that does not beat is taken for lost, if the command does not say another number."""
TOGETHER = 2.0
"""Seconds that other ranks have to fail in the same way: then none has to be stopped."""
LAST_WORDS = 8.0
"""Seconds that ranks have to end after they were told to stop."""
TO_CONNECT = 60.0
"""Seconds after which ranks that have not connected are no longer waited for."""


class Guard:
    """Hears all ranks, and stops them when one is gone."""

    def __init__(self, server: socket.socket, ranks: int, token: str, silence: float) -> None:
        self.server, self.ranks, self.token, self.silence = server, ranks, token, silence
        self.selector = selectors.DefaultSelector()
        self.selector.register(server, selectors.EVENT_READ)
        self.rank_of: dict[socket.socket, int] = {}
        self.told: dict[socket.socket, bytes] = {}
        self.beats: dict[int, float] = {}
        self.names: dict[int, str] = {}
        self.failures: dict[int, tuple[str, str]] = {}
        self.failed_at = self.stopped_at = 0.0
        self.hint = ""
        self.gone: set[int] = set()
        self.left: set[int] = set()
        self.started_at = time.monotonic()
        self.messages_to = 2

    def run(self) -> None:
        while not self.is_over():
            self.listen(0.1)
            self.look_at_clock()

    def listen(self, seconds: float) -> None:
        """Read what has arrived, in the order of arrival: a launcher kills the other ranks as soon as one has died."""
        for key, _ in self.selector.select(seconds):
            if key.fileobj is self.server:
                self.accept()
            else:
                self.read(key.fileobj)  # type: ignore[arg-type]

    def is_over(self) -> bool:
        now = time.monotonic()
        if self.stopped_at and now - self.stopped_at > LAST_WORDS:
            return True
        if len(self.beats) < self.ranks and not self.stopped_at:
            return now - self.started_at > TO_CONNECT
        return not self.rank_of

    def accept(self) -> None:
        connection, _ = self.server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rank_of[connection] = -1
        self.told[connection] = b""
        self.selector.register(connection, selectors.EVENT_READ)

    def read(self, connection: socket.socket) -> None:
        try:
            got = connection.recv(65536)
        except OSError:
            got = b""
        if not got:
            self.close(connection)
            return
        *lines, self.told[connection] = (self.told[connection] + got).split(b"\n")
        # A connection that was read keeps its place in the queue of epoll, in front of those that are lost before it.
        self.selector.unregister(connection)
        self.selector.register(connection, selectors.EVENT_READ)
        for line in lines:
            try:
                self.hear(connection, json.loads(line))
            except (ValueError, KeyError, TypeError):  # not one of ours
                self.close(connection)
                return

    def hear(self, connection: socket.socket, message: dict) -> None:  # type: ignore[type-arg]
        rank = self.rank_of[connection]
        if rank < 0:
            if message["token"] != self.token:
                raise ValueError
            rank = self.rank_of[connection] = message["rank"]
            self.names[rank] = f"process {message['process']} on {message['host']}"
        if rank not in self.beats and len(self.beats) == self.ranks - 1:
            self.messages_to = output_of_launcher()
        self.beats[rank] = time.monotonic()
        if "hint" in message:
            self.hint = message["hint"]
        if "failed" in message and not self.stopped_at:
            self.failed_at = self.failed_at or time.monotonic()
            self.failures[rank] = (message["kind"], message["failed"])
            self.judge()
        if "finished" in message:
            self.tell({"finished": rank})
        if "left" in message:
            self.left.add(rank)
            self.say_if_all_left()
        if "bye" in message:
            self.gone.add(rank)

    def close(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        connection.close()
        rank = self.rank_of.pop(connection)
        if rank >= 0 and rank not in self.gone:
            self.gone.add(rank)
            self.stop(rank, f"rank {rank} ({self.names[rank]}) was killed or lost its connection")
        self.say_if_all_left()

    def look_at_clock(self) -> None:
        now = time.monotonic()
        if self.stopped_at:
            return
        if self.failed_at and now - self.failed_at > TOGETHER:
            rank, (_, text) = next(iter(self.failures.items()))
            self.stop(rank, f"rank {rank} ({self.names[rank]}): {text}")
        for rank, beat in self.beats.items():
            if rank not in self.gone and now - beat > self.silence:
                self.gone.add(rank)
                silent = f"rank {rank} ({self.names[rank]}) has not answered for {self.silence:.0f} seconds"
                self.stop(rank, f"{silent}: it was stopped, or lost its connection")
                return

    def judge(self) -> None:
        """Let the ranks go on if all of them have failed in the same way: each says what it would say alone."""
        kinds = {kind for kind, _ in self.failures.values()}
        if len(self.failures) == self.ranks and len(kinds) == 1:
            self.failures, self.failed_at = {}, 0.0
            self.tell({"together": True})

    def stop(self, rank: int, cause: str) -> None:
        if self.stopped_at:
            return
        self.stopped_at = time.monotonic()
        text = f"error: {cause}; all {self.ranks} ranks stop{self.hint}\n"
        try:
            os.write(self.messages_to, text.encode())
        except OSError:
            os.write(2, text.encode())
        self.tell({"stop": cause, "rank": rank})

    def say_if_all_left(self) -> None:
        if self.stopped_at and self.left >= set(self.beats) - self.gone:
            self.tell({"all left": True})

    def tell(self, message: dict) -> None:  # type: ignore[type-arg]
        line = json.dumps(message).encode() + b"\n"
        for connection in self.rank_of:
            with contextlib.suppress(OSError):  # it is closed, which is read next
                connection.sendall(line)


def output_of_launcher() -> int:
    """Return where the messages of ``mpiexec`` go, on Linux and on the same machine; else where those of rank 0 go.

    When a rank has died, the launcher may end before it has read what another rank, or its guard, still says.
    """
    process = os.getppid()
    try:
        while process > 1:
            with open(f"/proc/{process}/stat") as file:
                name, _, numbers = file.read().partition("(")[2].rpartition(")")
            if name.startswith(("mpiexec", "mpirun")):
                return os.open(f"/proc/{process}/fd/2", os.O_WRONLY | os.O_APPEND)
            process = int(numbers.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return 2


def main() -> None:
    """Say at which port the ranks reach the guard, and watch over them."""
    server = socket.create_server(("", 0), backlog=1024)
    token = sys.stdin.readline().strip()
    print(server.getsockname()[1], flush=True)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    Guard(server, int(sys.argv[1]), token, float(sys.argv[2]) if len(sys.argv) > 2 else SILENCE).run()


if __name__ == "__main__":
    main()
