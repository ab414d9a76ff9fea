"""Many components checked by several processes at a time: each component by one of them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from glassnet.errors import GlassnetError
from glassnet.registry.registry import registry
from glassnet_testing.runner import conformance
from glassnet_testing.runner.catalogue import checks_of_kind, entrance_of
from glassnet_testing.runner.check import Failure
from glassnet_testing.runner.report import Outcome, Report
from glassnet_testing.runner.subject import Subject, subject_from

# Fewer components are checked sooner than further processes have started.
_MANY = 8

_Sent = list[tuple[str, str, Failure | None, str]]
"""What a worker sends of a report: the name of each check, its result, what it has found, and the excuse."""


def usual_jobs(count: int) -> int:
    """Return the number of processes that suits some number of components: that of the cores, or 1 for a few."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if count >= _MANY else 1


def reports_on(subjects: Sequence[Subject], jobs: int | None = None) -> Iterator[Report]:
    """Check components, and yield their reports in the order of the components.

    A script that calls this has to be importable, as for all processes: ``if __name__ == "__main__":``.

    Parameters
    ----------
    subjects
        The components.
    jobs
        How many processes check them; by default one for each core, or this one alone for a few components.

    Raises
    ------
    GlassnetError
        If a component ends the process that checks it.
    """
    jobs = usual_jobs(len(subjects)) if jobs is None else min(jobs, len(subjects))
    if jobs <= 1:
        yield from map(conformance.report_on, subjects)
        return
    with _workers(jobs) as pool:
        pending = [(subject, _submitted(pool, subject)) for subject in subjects]
        for subject, future in pending:
            # What no other process can find is checked here, while the others work on.
            yield conformance.report_on(subject) if future is None else _received(subject, future)


@contextlib.contextmanager
def _workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Lend processes, which end at once if the block is left early, as by Ctrl-C."""
    others = multiprocessing.active_children()
    # A process that is forked would not have the threads of this one, but their locks.
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin_worker)
    try:
        yield pool
    except BaseException:
        for process in multiprocessing.active_children():
            if process not in others:
                process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """Leave Ctrl-C to the process that started this one, and print nothing into its answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout = sys.stderr


def _submitted(pool: ProcessPoolExecutor, subject: Subject) -> Future[_Sent] | None:
    """Send a component to be checked, by the name under which each process of this environment has it."""
    if subject.component is None or subject.kind.instances:
        return None
    entry = registry.entry_of(subject.component)
    if entry is None or entry.is_by_hand:
        return None
    name = f"{entry.distribution}:{registry.name_for(entry)}"
    return pool.submit(_checked, subject.kind.name, name, subject.name, subject.described)


def _checked(kind: str, name: str, own_name: str, described: tuple[str, ...]) -> _Sent:
    subject = subject_from(registry.find(kind, name), own_name, described)
    outcomes = conformance.report_on(subject).outcomes
    return [(each.check.name, each.result, each.failure, each.excuse) for each in outcomes]


def _received(subject: Subject, future: Future[_Sent]) -> Report:
    try:
        sent = future.result()
    except BrokenProcessPool:
        raise GlassnetError(
            f"the process that checked {subject.title}, or one of the components after it, ended without an answer; "
            f"find the component with --jobs 1"
        ) from None
    checks = {check.name: check for check in (*entrance_of(subject.kind), *checks_of_kind(subject.kind))}
    outcomes = (Outcome(checks[name], result, failure, excuse) for name, result, failure, excuse in sent)
    return Report(subject.title, tuple(outcomes))
