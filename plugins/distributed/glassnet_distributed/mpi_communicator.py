"""The ranks of MPI. Waiting for the others ends if one of them is gone; MPI's own waiting would not."""

from __future__ import annotations

import atexit
import os
import pickle
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

import glassnet as gn
from glassnet.types import Array
from glassnet_distributed.communicator import ONE_PROCESS, Communicator
from glassnet_distributed.launcher import launched_ranks
from glassnet_distributed.meeting import SECONDS_TO_MEET, limited_wait
from glassnet_distributed.watch import RankError, Watch, start_guard

if TYPE_CHECKING:
    from mpi4py import MPI

T = TypeVar("T")

# Others are ready within microseconds if they have a core; if not, this one lets them have it.
_SPINS = 200


_met: list[Communicator] = []


def communicator(seconds: float = SECONDS_TO_MEET) -> Communicator:
    """Return the processes that ``mpiexec`` started, or this one alone; MPI is started at the first call.

    Parameters
    ----------
    seconds
        How long the others are waited for at the first call, before this process ends with a message.

    Raises
    ------
    MissingExtraError
        If several were started, and mpi4py or a library of MPI is not installed.
    OptionError
        If MPI does not know of the others.
    """
    if not _met:
        _met.append(_meet(seconds))
    return _met[0]


def _meet(seconds: float) -> Communicator:
    if launched_ranks() == 1:
        return ONE_PROCESS
    with gn.needs_extra(f"{launched_ranks()} processes were started together, and mpi4py is not installed", "mpi"):
        import mpi4py
    mpi4py.rc.finalize = False  # after a failure, MPI would wait for ranks that are gone
    with limited_wait(seconds):
        MPI = _library()  # noqa: N806
        met = MPI.COMM_WORLD.Dup()
    if met.size == 1:
        raise gn.OptionError(
            f"{launched_ranks()} processes were started together, and each is alone for MPI; use the mpiexec of the "
            f"library that mpi4py uses: {MPI.Get_library_version().splitlines()[0]}"
        )
    return MpiCommunicator(met)


def _library() -> Any:
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # mpi4py is a wheel without a library of MPI
        first = str(error).partition("\n")[0]
        raise gn.MissingExtraError(
            f"{launched_ranks()} processes were started together, and mpi4py does not find MPI ({first}); "
            'run: pip install "glassnet[mpi]", or install MPICH or Open MPI'
        ) from None
    return MPI


class MpiCommunicator(Communicator):
    """Ranks that exchange arrays by MPI; see `Communicator`."""

    def __init__(self, comm: MPI.Intracomm) -> None:
        self.rank, self.size = comm.rank, comm.size
        self._comm = comm
        self._told: BaseException | None = None
        where = comm.bcast(start_guard(comm.size) if comm.rank == 0 else None)
        self.watch = Watch(comm.rank, comm.size, *where)
        comm.Barrier()
        atexit.register(self.finish)

    def sum(self, array: Array) -> None:
        from mpi4py import MPI

        self._wait(self._comm.Iallreduce(MPI.IN_PLACE, array))

    def exchange(self, parts: Array) -> Array:
        given = np.empty_like(parts)
        self._wait(self._comm.Ialltoall(_bytes(parts), _bytes(given)))
        return given

    def stack(self, array: Array) -> Array:
        stacked = np.empty((self.size, *array.shape), array.dtype)
        self._wait(self._comm.Iallgather(_bytes(array), _bytes(stacked)))
        return stacked

    def gather(self, value: T) -> Sequence[T]:
        mine = np.frombuffer(pickle.dumps(value), np.uint8)
        sizes = self.stack(np.array([len(mine)]))
        padded = np.zeros(sizes.max(), np.uint8)
        padded[: len(mine)] = mine
        return [pickle.loads(row[:size].tobytes()) for row, size in zip(self.stack(padded), sizes[:, 0], strict=True)]

    def broadcast(self, value: T) -> T:
        mine = pickle.dumps(value) if self.rank == 0 else b""
        size = np.array([len(mine)])
        self._wait(self._comm.Ibcast(size))
        sent = np.frombuffer(bytearray(mine), np.uint8) if self.rank == 0 else np.empty(size[0], np.uint8)
        self._wait(self._comm.Ibcast(sent))
        received: T = pickle.loads(sent.tobytes())
        return received

    @property
    def has_stopped(self) -> bool:
        return self.watch.stopped is not None

    def hint(self, text: str) -> None:
        self.watch.hint(text)

    def fail(self, error: BaseException) -> None:
        if error is not self._told and not isinstance(error, RankError):
            self._told = error
            kind = _kind(error)
            self.watch.fail(kind, "interrupted" if kind == "KeyboardInterrupt" else _in_one_line(error))

    def _wait(self, request: Any) -> None:
        """Wait until a request is done.

        Raises
        ------
        RankError
            If another rank cannot take part any more.
        """
        spins = 0
        while not request.Test():
            self.watch.check()
            spins += 1
            if spins > _SPINS:
                time.sleep(0)

    def finish(self) -> None:
        """End MPI with the process, together with the others if none has failed."""
        from mpi4py import MPI

        if self.watch.stopped is None:
            self.watch.finish()
            done = self._comm.Ibarrier()
            while self.watch.stopped is None and not done.Test():
                time.sleep(0.001)
        if self.watch.stopped is None:
            self.watch.close()
            MPI.Finalize()
            return
        self.watch.leave()
        _abort()


def _bytes(array: Array) -> list[Any]:
    from mpi4py import MPI

    return [array, MPI.BYTE]


def _kind(error: BaseException) -> str:
    """Return the name by which it is known whether ranks have failed alike; click raises its own for Ctrl-C."""
    is_interruption = isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt)
    return "KeyboardInterrupt" if is_interruption else type(error).__name__


def _in_one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    known = isinstance(error, gn.GlassnetError)
    return text if known and text else f"{type(error).__name__}: {text}".rstrip(": ")


def _abort() -> NoReturn:
    """End all processes that are left. The guard has said why, so MPI's own line is left out."""
    from mpi4py import MPI

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    MPI.COMM_WORLD.Abort(1)
    os._exit(1)
