"""What the kernel asks plugins for: derivatives, threads, memory, and the errors of wrong calls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from glassnet.errors import InUseError, TracingError
from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import registry

P = ParamSpec("P")
R = TypeVar("R")

# Looking how much memory is left takes 0.1 ms, so it is left out for what any computer has.
_SMALL = 64 * 2**20
MISSING_BACKWARD = (
    "it has no backward of its own, and the plugin autodiff, which derives one, is not in use; "
    "take it out of GLASSNET_DISABLE, or write the backward"
)


def derived_backward(component: Any) -> Any:
    """Return the answer to the hook `glassnet_backward`: None if no plugin derives it."""
    return plugin_hooks().glassnet_backward(component=component)


def call_derived_backward(component: Any, *arguments: Any) -> Any:
    """Return the derivative of a component at some arguments.

    Raises
    ------
    TracingError
        If no plugin derives it.
    """
    backward = derived_backward(component)
    if backward is None:
        raise TracingError(f"{component.kind} '{component!r}': {MISSING_BACKWARD}")
    return backward(*arguments)


def check_memory(needed: float, what: str, advice: str) -> None:
    """Let plugins raise `OutOfMemoryError` if less memory is left than needed: this number of bytes is taken.

    The message says what takes them, and what to do if they are too many.
    """
    if needed > _SMALL:
        plugin_hooks().glassnet_check_memory(needed=needed, what=what, advice=advice)


Work: TypeAlias = Callable[[int, int], None]
"""Computes one piece: ``work(piece, worker)``."""


def serial_for(pieces: int, work: Work) -> None:
    """Call ``work(piece, 0)`` for each piece from 0 on, from this thread alone."""
    for piece in range(pieces):
        work(piece, 0)


class Executor:
    """Compute pieces of work in the caller's thread; an executor of threads overrides every method.

    Attributes
    ----------
    blas_limit
        Limits matrix products to the thread that asks for them while any thread is inside the block.
    """

    blas_limit: AbstractContextManager[Any] = nullcontext()

    @property
    def num_threads(self) -> int:
        """Number of threads that share work."""
        return 1

    def num_workers(self, pieces: int) -> int:
        """Return the number of threads that `parallel_for` uses for `pieces`."""
        return 1

    def num_free_workers(self, pieces: int) -> int:
        """Return `num_workers`, or 1 while other processes use the cores that the threads need."""
        return 1

    def take(self, array: Any, indices: Any) -> Any:
        """Return the rows of an array at some indices."""
        return array.take(indices, axis=0)  # a fifth faster than array[indices]

    def parallel_for(self, pieces: int, work: Work) -> None:
        """Call ``work(piece, worker)`` once for each piece, in any order.

        A piece writes where no other piece writes, except into work buffers: each worker has its own. So the results
        do not depend on the number of workers.

        Raises
        ------
        BaseException
            The first error of a piece, after every piece that was begun has ended.
        """
        serial_for(pieces, work)


@cache
def executor() -> Executor:
    """Return what runs pieces of work: the answer to the hook `glassnet_executor`, or the caller's thread alone."""
    found: Executor | None = plugin_hooks().glassnet_executor()
    return Executor() if found is None else found


@cache
def preparation() -> Callable[[], Callable[[Any], Any] | None]:
    """Return what gives the function, or None, that replaces components where nothing is trained."""
    return plugin_hooks().glassnet_preparation() or (lambda: None)


def prepared(component: Any) -> Any:
    """Return what to compute with where nothing is trained: a faster replacement for a component, or the component."""
    prepare = preparation()()
    return component if prepare is None else prepare(component)


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` with the error of a plugin raised if its arguments do not fit its signature.

    So is an error that says what to do if memory is short, and one that names the component whose result was wrong.
    A call that succeeds takes no longer.
    """

    @wraps(function)
    def call(*values: P.args, **named: P.kwargs) -> R:
        try:
            return function(*values, **named)
        except (TypeError, ValueError, AttributeError, IndexError) as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                told = plugin_hooks().glassnet_wrong_result(error=error)  # the arguments did fit
            else:
                told = plugin_hooks().glassnet_wrong_call(function=function, values=values, named=named)
            if told is None:
                raise
            raise told from None
        except MemoryError as error:
            raise plugin_hooks().glassnet_out_of_memory(function=function.__name__, error=error) or error from None

    return call


create = explained(registry.create)
register = explained(registry.register)


Owner = TypeVar("Owner", bound=Any)


def one_at_a_time(method: Callable[Concatenate[Owner, P], R]) -> Callable[Concatenate[Owner, P], R]:
    """Return a method that raises `InUseError` while such a method of the same object is at work.

    It may be at work in another thread, or further up in this one, as when a callback calls `fit`. The object has a
    lock named ``_at_work``.
    """

    @functools.wraps(method)
    def call(owner: Owner, /, *values: P.args, **named: P.kwargs) -> R:
        if not owner._at_work.acquire(blocking=False):
            raise InUseError(
                f"{method.__name__}() would change the network while another call of fit() or build() is at work on "
                "it; wait until that has ended, or train a copy: net.copy()"
            )
        try:
            return method(owner, *values, **named)
        finally:
            owner._at_work.release()

    return call
