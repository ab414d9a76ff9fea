"""Steps of Adam and AdamW, shared between the threads of the team."""

from __future__ import annotations

import numpy as np
from numba import types

import glassnet as gn
from glassnet_accelerators.adam_kernel import adam_step
from glassnet_accelerators.compiled import compiled, compiled_job
from glassnet_accelerators.compiled_team import JOB, array_at, on_team, pointers_to, run_jobs
from glassnet_parallel.thread_pool import free_workers

# With fewer parameters for each thread, the hand-over costs more than it saves.
LEAST_FOR_A_THREAD = 150_000

_integers, _doubles, _floats = pointers_to(types.int64), pointers_to(types.float64), pointers_to(types.float32)


@compiled_job
def _step(address: int) -> None:
    size, p, g, m, v = array_at(_integers(address), 5)
    beta1, beta2, epsilon, lr, kept = array_at(_doubles(address + 40), 5)
    adam_step(
        array_at(_floats(p), size), array_at(_floats(g), size), array_at(_floats(m), size), array_at(_floats(v), size),
        beta1, beta2, epsilon, lr, kept,
    )  # fmt: skip


@compiled("void(i8[:,::1], i8, i8, f4[::1], f4[::1], f4[::1], f4[::1], f8[::1])")
def _steps(
    table: gn.Array, function: int, threads: int,
    p: gn.Array, g: gn.Array, m: gn.Array, v: gn.Array, factors: gn.Array,
) -> None:  # fmt: skip
    for thread in range(threads):
        start, stop = p.size * thread // threads, p.size * (thread + 1) // threads
        job = table[thread, JOB:]
        job[0] = stop - start
        job[1], job[2] = p[start:].ctypes.data, g[start:].ctypes.data
        job[3], job[4] = m[start:].ctypes.data, v[start:].ctypes.data
        job[5:10] = factors.view(np.int64)
    run_jobs(table, function, threads)


def shared_step(p: gn.Array, g: gn.Array, m: gn.Array, v: gn.Array, factors: gn.Array) -> bool:
    """Take a step as `adam_step` does, on several threads; return False if that was not possible or not worth it."""
    threads = free_workers(p.size // LEAST_FOR_A_THREAD)
    if threads < 2 or p.dtype != np.float32:
        return False
    return on_team(threads, _steps, _step, threads, p, g, m, v, factors)
