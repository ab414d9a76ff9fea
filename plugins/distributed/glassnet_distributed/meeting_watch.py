"""A small process beside a rank that waits for the others to start MPI: it ends the rank if they do not come.

It imports nothing but the standard library, and is started with ``python -I -S meeting_watch.py SECONDS PROCESS PARENT
RANK RANKS HERE NAME…``. It ends when its standard input is closed: then the ranks have met, or this one has ended.
"""

import contextlib
import os
import select
import signal
import sys
import time
from pathlib import Path

# A rank that fails tells of it by itself, and another one may be about to start.
GRACE = 3.0
BETWEEN_LOOKS = 1.0
# The launcher ends all others when the first one is ended, so that one message is printed.
BETWEEN_RANKS = 0.5


class MeetingWatch:
    """Looks which ranks of this machine still run."""

    def __init__(self, process: int, parent: int, rank: int, ranks: int, here: int, names: list[str]) -> None:
        self.process, self.parent, self.rank, self.ranks, self.here = process, parent, rank, ranks, here
        self.names = names

    def run(self, seconds: float) -> None:
        """Return when the ranks have met; end the process of this one after some time, or if another has ended."""
        end = time.monotonic() + seconds
        while not self.has_met(BETWEEN_LOOKS):
            if self.missing():
                if self.has_met(GRACE + self.rank * BETWEEN_RANKS):
                    return
                missing = self.missing()
                if missing:
                    named = f"rank {missing[0]}" if self.here == self.ranks else "a rank"
                    self.give_up(f"{named} has ended before the ranks met; have all ranks call fit equally often")
            if time.monotonic() > end and not self.has_met(self.rank * BETWEEN_RANKS):
                told = f"rank {self.rank} has waited {seconds:.0f} seconds for other ranks"
                self.give_up(f"{told}; see why one of {self.ranks} is missing")

    def has_met(self, seconds: float) -> bool:
        """Wait for some time, or until the standard input is closed; return whether it is."""
        return bool(select.select([0], [], [], seconds)[0])

    def give_up(self, text: str) -> None:
        os.write(2, f"error: {text}\n".encode())
        os.kill(self.process, signal.SIGKILL)
        sys.exit(1)

    def missing(self) -> list[int]:
        """Return the ranks that were started on this machine and run no more; only under Linux.

        Nothing is told of ranks that another program has started for the launcher, such as a shell.
        """
        if self.rank_of(self.parent) is not None or not os.path.exists(f"/proc/{self.parent}/environ"):
            return []
        running = {self.rank_of(process) for process in self.beside()} - {None}
        if len(running) >= self.here:
            return []
        # Which ranks are on this machine is not known if there are several machines.
        return sorted(set(range(self.ranks)) - running)

    def beside(self) -> list[int]:
        """Return the processes that the launcher has started, and that run."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z" and int(parent) == self.parent:
                    found.append(int(entry.name))
        return found

    def rank_of(self, process: int) -> "int | None":
        """Return the rank that a process was started as."""
        try:
            content = Path(f"/proc/{process}/environ").read_bytes().decode(errors="replace")
        except OSError:  # it has ended, or is another user's
            return None
        variables = dict(each.partition("=")[::2] for each in content.split("\0"))
        ranks = [variables.get(name, "") for name in self.names]
        return next((int(rank) for rank in ranks if rank.isdecimal()), None)


if __name__ == "__main__":
    wait, own, above, number, count, local = sys.argv[1:7]
    MeetingWatch(int(own), int(above), int(number), int(count), int(local), sys.argv[7:]).run(float(wait))
