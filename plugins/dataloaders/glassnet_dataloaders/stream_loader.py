"""Batches from whatever gives batches, checked as they come."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from glassnet.data.array_loader import ArrayFeed
from glassnet.data.intake import Intake
from glassnet.data.loader import Batch
from glassnet.data.weights import weighted
from glassnet.errors import ShapeError
from glassnet.support.random import stream
from glassnet.types import Array
from glassnet_dataloaders.batches import Batches, in_batch


class BatchFeed:
    """Batches as a source gives them; where several are mixed, as many and as large, with each other's samples."""

    def __init__(self, batches: Batches, intake: Intake, name: str = "") -> None:
        self._batches = batches
        self._intake = intake
        self._name = name
        self.samples = None

    @property
    def identity(self) -> dict[str, Any]:
        """What the batches depend on besides the seed, as far as that is known."""
        return {"batches": self._batches.length, "batches mixed": self._batches.mixed}

    def steps(self, batch_size: int) -> int | None:
        """Return the number of batches in an epoch, if it is known; they are as large as they come."""
        return self._batches.length

    def shuffled(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Go through an epoch's batches, mixed if that is wanted."""
        if self._batches.mixed > 1:
            batches = self._mixed(seed, epoch)
        else:
            batches = (each.chosen(slice(None)) for each in self._checked(epoch))
        return islice(batches, done, None)

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Go through the batches as they come; the large ones part by part."""
        for each in self._checked(0):
            yield from each.in_order(batch_size)

    def _mixed(self, seed: int, epoch: int) -> Iterator[Batch]:
        rng = stream(seed, "shuffle", epoch)
        checked = self._checked(epoch)
        # Copies: a source may well fill the same arrays again and again.
        while held := [_copied(each) for each in islice(checked, self._batches.mixed)]:
            stops = np.cumsum([each.samples for each in held])
            together = _joined(held)
            held.clear()
            for rows in np.split(rng.permutation(together.samples), stops[:-1]):
                yield together.chosen(rows)
            del together  # makes room for the next ones

    def _checked(self, epoch: int) -> Iterator[ArrayFeed]:
        for number, given in enumerate(self._batches.epoch(epoch)):
            with in_batch(number):
                batch = weighted(given)
                self._intake.check(batch, self._name)
                # Copies: metrics may keep targets and weights, and a source may fill the same arrays again.
                weights = None if batch.weights is None else np.array(batch.weights)
                ready = self._intake.ready(batch.x, np.array(batch.y), weights)
            yield ready


def _copied(batch: ArrayFeed) -> ArrayFeed:
    weights = None if batch.weights is None else batch.weights.copy()
    return ArrayFeed(batch.x.copy(), batch.y.copy(), batch.converter, weights)


def _joined(batches: list[ArrayFeed]) -> ArrayFeed:
    """Return the samples of several batches as one; those without weights count 1."""
    if len({batch.y.shape[1:] for batch in batches}) > 1:
        shapes = ", ".join(str(batch.y.shape) for batch in batches)
        raise ShapeError(f"batches that are mixed need targets of one form (got {shapes}); give labels or rows in all")
    weights: Array | None = None
    if any(batch.weights is not None for batch in batches):
        weights = np.concatenate([np.ones(b.samples) if b.weights is None else b.weights for b in batches])
    x, y = np.concatenate([batch.x for batch in batches]), np.concatenate([batch.y for batch in batches])
    return ArrayFeed(x, y, batches[0].converter, weights)
