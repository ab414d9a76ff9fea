"""Batches that come one after another, from anywhere: data that are never in memory as a whole."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np

from glassnet.components.services import explained
from glassnet.errors import DataError, OptionError, ShapeError
from glassnet_splits.split import Split


class Batches:
    """Batches of samples and targets, read once an epoch.

    Parameters
    ----------
    source
        What gives the batches of an epoch: splits, ``(x, y)`` or ``(x, y, weights)``. An iterable that can be
        read again, or a function that is given the number of the epoch, counted from 0, and returns an iterable.
        A generator can be read only once.
    steps_per_epoch
        Number of batches in an epoch; a source without an end is read up to it. By default the source's
        ``len()``, where it has one. Without any, a run does not know how long it is, which some schedules have to.
    shuffle_buffer
        Number of batches in memory whose samples are mixed. With 1 they are used in their order.

    Notes
    -----
    Equal seeds give equal bytes if the source gives the same batches in the same epoch. So does a run that is
    continued: the batches of the epoch that it had used are drawn again and left out.

    Examples
    --------
    >>> halves = Batches([(np.zeros((4, 2)), np.zeros(4)), (np.ones((4, 2)), np.ones(4))], shuffle_buffer=2)
    >>> halves.length
    2
    """

    @explained
    def __init__(
        self,
        source: Iterable[Any] | Callable[[int], Iterable[Any]],
        *,
        steps_per_epoch: int | None = None,
        shuffle_buffer: int = 1,
    ) -> None:
        if not (hasattr(source, "__iter__") or _takes_a_number(source)):
            raise DataError(
                "batches come from an iterable, or from a function of one argument, the number of the epoch: "
                f"lambda epoch: … (got {source!r})"
            )
        for name, value in {"steps_per_epoch": steps_per_epoch, "shuffle_buffer": shuffle_buffer}.items():
            if value is not None and value < 1:
                raise OptionError(f"batches: {name} must be >= 1 (got {value})")
        self.source = source
        self.shuffle_buffer = shuffle_buffer
        self.steps_per_epoch: int | None = steps_per_epoch if steps_per_epoch is not None else _length(source)
        self.can_be_repeated = not isinstance(source, Iterator)
        self._taken = steps_per_epoch
        self._is_used = False
        self._started: Iterator[Any] | None = None

    def part(self, number: int, count: int) -> Batches:
        """Return every `count`-th batch of each epoch, from this number on.

        Raises
        ------
        DataError
            If there are fewer batches than parts.
        """
        steps = self.steps_per_epoch
        if steps is not None and steps < count:
            raise DataError(f"{steps} batches cannot be divided into {count} parts; give smaller batches")
        if isinstance(self.source, Sequence):
            source: Any = self.source[number:steps:count]
        else:
            source = partial(self._every, number, count)
        own = None if steps is None else len(range(number, steps, count))
        return Batches(source, steps_per_epoch=own, shuffle_buffer=self.shuffle_buffer)

    def _every(self, number: int, count: int, epoch: int) -> Iterator[Any]:
        return islice(self._opened(epoch), number, self._taken, count)

    def first(self) -> Split:
        """Return the first batch of the first epoch, which will be there again when that epoch starts."""
        batches = self._opened(0)
        batch = next(batches, None)
        if batch is None:
            raise DataError("there are no batches; give at least one")
        self._started = chain([batch], batches)
        return _as_batch(batch, 0)

    def epoch(self, number: int) -> Iterator[Split]:
        """Yield one epoch's batches.

        Raises
        ------
        DataError
            If an element is not a batch, or an epoch has another number of batches than `steps_per_epoch`.
        """
        count = 0
        for count, batch in enumerate(islice(self._opened(number), self._taken), 1):
            yield _as_batch(batch, count - 1)
        if count != self.steps_per_epoch and (count == 0 or self.steps_per_epoch is not None):
            raise DataError(
                f"epoch {number + 1} has {count} batches, and not {self.steps_per_epoch or 'at least one'}; give a "
                f"source that "
                "can be read in every epoch, and as length its number of batches"
            )

    def _opened(self, number: int) -> Iterator[Any]:
        # Only the next epoch begins with what `first` drew: the source may fill the same arrays again.
        started, self._started = self._started, None
        if started is not None and (number == 0 or not self.can_be_repeated):
            return started
        if self._is_used and not self.can_be_repeated:
            raise DataError(
                "a generator of batches can be read only once; "
                "give a function that returns a new one for each epoch: lambda epoch: …"
            )
        self._is_used = True
        given: Any = self.source if hasattr(self.source, "__iter__") else self.source(number)
        if not hasattr(given, "__iter__"):
            raise DataError(f"the function of batches returned {given!r}; return an iterable of batches")
        return iter(given)


def _takes_a_number(source: Any) -> bool:
    if not callable(source):
        return False
    try:
        signature = inspect.signature(source)
    except ValueError:  # nothing is known of its arguments
        return True
    try:
        signature.bind(0)
    except TypeError:
        return False
    return True


def _length(source: Any) -> int | None:
    try:
        return len(source)
    except TypeError:
        return None


def _as_batch(batch: Any, number: int) -> Split:
    if not isinstance(batch, Split) and not (isinstance(batch, (tuple, list)) and len(batch) in (2, 3)):
        raise DataError(
            f"batch {number} is not (x, y) or (x, y, weights) (got {type(batch).__name__}); "
            "give such batches, or arrays: both x and y"
        )
    if not isinstance(batch, Split) and np.shape(batch[1]) == () != np.shape(batch[0]):
        raise DataError(
            f"batch {number} is a single sample; "
            "give batches, or x and y as arrays: x, y = map(np.stack, zip(*samples))"
        )
    with in_batch(number):
        split = batch if isinstance(batch, Split) else Split(*batch)
        in_memory = isinstance(split.x, np.ndarray) and isinstance(split.y, np.ndarray)
        return split if in_memory else split[:]


@contextmanager
def in_batch(number: int) -> Iterator[None]:
    """Say of errors in the data that they are in this batch of the epoch, counted from 0."""
    try:
        yield
    except (DataError, ShapeError) as error:
        raise type(error)(f"batch {number}: {error}") from None
