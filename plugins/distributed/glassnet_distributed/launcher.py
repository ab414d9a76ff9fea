"""What the launcher says of this process in its environment, before MPI is imported: mpiexec, mpirun, srun."""

from __future__ import annotations

import os

# MPICH and its relatives (Intel MPI, MVAPICH), Open MPI, and SLURM's own launcher with PMI.
RANK = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK")
_SIZE = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS")
_ON_THIS_MACHINE = ("MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE")


def launched_ranks() -> int:
    """Return the number of processes that a launcher started together; 1 without one."""
    return _number(_SIZE, 1) if any(name in os.environ for name in RANK) else 1


def launched_rank() -> int:
    """Return the number of this process among them, from 0."""
    return _number(RANK, 0)


def forget_the_others() -> None:
    """Have this process, and those that it starts, know nothing of the processes that were started together with it."""
    for name in (*RANK, *_SIZE, *_ON_THIS_MACHINE):
        os.environ.pop(name, None)


def ranks_on_this_machine() -> int:
    """Return the number of processes that share the cores of this machine, as far as the launcher says it."""
    return _number(_ON_THIS_MACHINE, 1)


def _number(names: tuple[str, ...], default: int) -> int:
    found = (os.environ[name] for name in names if os.environ.get(name, "").isdecimal())
    return int(next(found, default))
