"""Where trainings run side by side: in this process, in others, on a cluster of Dask or Ray; by joblib."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, TypeVar

import attrs

import glassnet as gn

Item = TypeVar("Item")
Result = TypeVar("Result")
BACKENDS = ("loky", "threading", "dask", "ray")
# Ray's backend returns all results at the end.
_RETURNED = {"loky": "generator_unordered", "threading": "generator_unordered", "dask": "generator_unordered"}


class Runner(Protocol):
    """Runs a task on items, some of them at a time, and yields each result when it is there."""

    def __call__(self, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]: ...


@attrs.frozen
class Backend:
    """A backend of joblib, and the address of a cluster if there is one.

    Attributes
    ----------
    name
        One of `BACKENDS`.
    address
        That of a scheduler of Dask, or of a cluster of Ray; a local one is started without it.
    """

    name: str
    address: str = ""

    @property
    def is_here(self) -> bool:
        """Whether all trainings run on this machine."""
        return not self.address


def backend(text: str) -> Backend:
    """Return the backend that ``NAME`` or ``NAME:ADDRESS`` names.

    Raises
    ------
    OptionError
        If there is none, or it takes no address.
    """
    name, _, address = text.partition(":")
    if name not in BACKENDS:
        raise gn.OptionError(f"there is no backend {name!r}{gn.did_you_mean(name, BACKENDS)} ({', '.join(BACKENDS)})")
    if address and name in ("loky", "threading"):
        raise gn.OptionError(f"the backend {name} runs on this machine, so it has no address (got {text!r})")
    return Backend(name, address)


@contextmanager
def runner(chosen: Backend, jobs: int, advice: str) -> Iterator[Runner]:
    """Give what runs a task on items, `jobs` at a time, and yields each result when it is there.

    The next item is taken when one is done. With one job on this machine, that is all in this process.

    Parameters
    ----------
    chosen, jobs
        What runs them, and the number of jobs.
    advice
        What to do if a process was killed since memory was short, for the message.
    """
    if jobs == 1 and chosen.name in ("loky", "threading"):
        yield lambda task, items: map(task, items)
        return
    with gn.needs_extra("several jobs need the package joblib", "sweep"):
        import joblib
    with ExitStack() as stack:
        stack.enter_context(_STARTED[chosen.name](chosen.address, jobs))
        stack.enter_context(joblib.parallel_config(chosen.name, n_jobs=jobs))
        parallel = joblib.Parallel(pre_dispatch="n_jobs", batch_size=1, return_as=_RETURNED.get(chosen.name, "list"))
        yield lambda task, items: results_of(parallel(joblib.delayed(task)(each) for each in items), advice)


def results_of(results: Iterable[Result], advice: str) -> Iterator[Result]:
    """Iterate over results that come; say so, with some advice, if a process was killed."""
    try:
        yield from results
    except BrokenExecutor:
        raise gn.OutOfMemoryError(f"a process was killed, mostly because memory was short; {advice}") from None


@contextmanager
def _nothing(address: str, jobs: int) -> Iterator[None]:
    yield


@contextmanager
def _dask(address: str, jobs: int) -> Iterator[None]:
    """Connect to a scheduler of Dask, or start one here with a worker for each job."""
    distributed: Any = _imported("distributed", "dask")
    if address:
        with distributed.Client(address):
            yield
        return
    with (
        distributed.LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
    ):
        yield


@contextmanager
def _ray(address: str, jobs: int) -> Iterator[None]:
    """Connect to a cluster of Ray, or start one here."""
    ray: Any = _imported("ray", "ray")
    from ray.util.joblib import register_ray

    began = not ray.is_initialized()
    if began and address:
        ray.init(address=address, logging_level="ERROR")
    elif began:
        ray.init(num_cpus=jobs, include_dashboard=False, logging_level="ERROR")
    register: Any = register_ray
    register()
    try:
        yield
    finally:
        if began:
            ray.shutdown()


def _imported(module: str, package: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise gn.MissingExtraError(
            f'the backend {package} needs the package {package}; run: pip install "{_PACKAGES[package]}"'
        ) from None


_PACKAGES = {"dask": "dask[distributed]", "ray": "ray"}
_STARTED = {"loky": _nothing, "threading": _nothing, "dask": _dask, "ray": _ray}
