"""Batches from any iterable, checked one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

import numpy as np

from glassnet.data.array_loader import ArrayLoader, Batch
from glassnet.data.preparation import Expected, Preparation, input_rules
from glassnet.errors import DataError, OptionError, ShapeError
from glassnet.support.random import stream
from glassnet.types import Array, Shape
from glassnet_dataloaders.batches import Batches, in_batch
from glassnet_splits.split import Split, weighted


class StreamLoader:
    """Batches as a source gives them; if several are mixed, as many and as large, with each other's samples.

    The methods are those of `DataLoader`.
    """

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._name = ""
        self.samples = None

    @classmethod
    def of(cls, batches: Batches, sample_weight: Any, epochs: int, batch_size: int | None) -> StreamLoader:
        """Return the loader of some batches.

        Raises
        ------
        DataError
            If a generator would have to be drawn twice, or there are sample weights apart from the batches.
        OptionError
            If a batch size is asked for.
        """
        if not batches.can_be_repeated and epochs > 1:
            raise DataError(
                f"a generator of batches can be read only once (epochs={epochs}); give an iterable "
                "that can be read again, such as a list, or a function that returns a new generator for each "
                "epoch: lambda epoch: …"
            )
        if sample_weight is not None:
            raise DataError("batches have their weights with them; give (x, y, weights) instead of sample_weight")
        if batch_size is not None:
            raise OptionError(f"batches keep their size (got batch_size={batch_size}); leave batch_size out")
        return cls(batches)

    def part(self, number: int, count: int) -> StreamLoader:
        """Return a loader of every `count`-th batch, from this number on; the others are not looked at."""
        return StreamLoader(self._batches.part(number, count))

    @property
    def sample_shape(self) -> Shape:
        """Shape of one sample of the first batch, which is checked for that."""
        first = self._batches.first()
        with in_batch(0):
            input_rules().expected(None, np.dtype(np.float32), None).check_inputs(first.x, columns=first.columns)
        return first.x.shape[1:]

    @property
    def identity(self) -> dict[str, Any]:
        """What the batches depend on besides the seed, as far as that is known."""
        return {"batches": self._batches.steps_per_epoch, "batches mixed": self._batches.shuffle_buffer}

    def parts(self) -> Iterator[tuple[Array, Array, Array | None]]:
        """Yield the batches of a list or tuple; a source of any other kind is not run for this."""
        if isinstance(self._batches.source, (list, tuple)):
            yield from ((batch.x, batch.y, batch.weights) for batch in self._batches.epoch(0))

    def inputs(self, integer_input: bool) -> Any:
        """Return what the samples of the first batch are like."""
        first = self._batches.first()
        return input_rules().inputs(first.x, first.columns, integer_input)

    def train_test_split(self, fraction: float, rng: np.random.Generator) -> NoReturn:
        """Raise `OptionError`: batches come one after another."""
        raise OptionError(
            f"no part of batches can be held out (got validation={fraction}); "
            "give validation data: batches, a split, or (x, y)"
        )

    def check(self, expected: Expected, name: str = "") -> None:
        """Do nothing: each batch is checked when it comes."""

    def prepare(self, preparation: Preparation, name: str = "") -> None:
        """Keep what the batches are checked against and made into."""
        self._preparation = preparation
        self._name = name

    def steps_per_epoch(self, batch_size: int) -> int | None:
        """Return the number of batches in an epoch, if it is known; batches keep their size."""
        return self._batches.steps_per_epoch

    def epoch_batches(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Yield an epoch's batches, mixed if that is wanted."""
        if self._batches.shuffle_buffer > 1:
            batches = self._mixed(seed, epoch)
        else:
            batches = (each.chosen(slice(None)) for each in self._checked(epoch))
        return islice(batches, done, None)

    def sequential_batches(self, batch_size: int) -> Iterator[Batch]:
        """Yield the batches in their order, and large ones part by part."""
        for each in self._checked(0):
            yield from each.sequential_batches(batch_size)

    def _mixed(self, seed: int, epoch: int) -> Iterator[Batch]:
        rng = stream(seed, "shuffle", epoch)
        checked = self._checked(epoch)
        # Copies: a source may fill the same arrays again and again.
        while held := [_copied(each) for each in islice(checked, self._batches.shuffle_buffer)]:
            stops = np.cumsum([each.samples for each in held])
            together = self._joined(held)
            held.clear()
            for rows in np.split(rng.permutation(together.samples), stops[:-1]):
                yield together.chosen(rows)
            del together  # makes room for the next ones

    def _checked(self, epoch: int) -> Iterator[ArrayLoader]:
        for number, given in enumerate(self._batches.epoch(epoch)):
            with in_batch(number):
                ready = self._ready(weighted(given), epoch + number)
            yield ready

    def _ready(self, batch: Split, past: int) -> ArrayLoader:
        self._preparation.expected.check(batch.x, batch.y, batch.columns, self._name, past=past)
        # Copies: metrics may keep targets and weights, and a source may fill the same arrays again.
        weights = None if batch.weights is None else np.array(batch.weights)
        return ArrayLoader.of_checked(batch.x, np.array(batch.y), weights, self._preparation)

    def _joined(self, batches: list[ArrayLoader]) -> ArrayLoader:
        """Return the samples of several batches as one; those without weights count 1."""
        if len({batch.y.shape[1:] for batch in batches}) > 1:
            shapes = ", ".join(str(batch.y.shape) for batch in batches)
            raise ShapeError(
                f"batches that are mixed need targets of one form (got {shapes}); give labels or rows in all"
            )
        weights: Array | None = None
        if any(batch.weights is not None for batch in batches):
            weights = np.concatenate([np.ones(b.samples) if b.weights is None else b.weights for b in batches])
        x, y = np.concatenate([batch.x for batch in batches]), np.concatenate([batch.y for batch in batches])
        return ArrayLoader(x, y, weights, convert=self._preparation.convert)


def _copied(batch: ArrayLoader) -> ArrayLoader:
    weights = None if batch.weights is None else batch.weights.copy()
    return ArrayLoader(batch.x.copy(), batch.y.copy(), weights)
