"""Batches from arrays that lie on disk, shuffled by blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.components.dataset import Split
from glassnet.data.array_loader import ArrayFeed
from glassnet.data.intake import Intake
from glassnet.data.loader import Batch
from glassnet.errors import DataError, ShapeError
from glassnet.support.random import stream
from glassnet.types import Array
from glassnet_dataloaders.memmap import row_bytes, rows_of_a_block

# What is in memory at once, and mixed there.
BUFFER_BYTES = 2**26


class DiskFeed:
    """Samples and targets of which no more than a buffer is in memory.

    To read samples in a random order is to read a page of the disk for each. So the file is read in blocks: an epoch
    takes the blocks in a random order, fills a buffer with as many as it holds, and takes the samples in the buffer in
    a random order. Where all fit into one buffer, the order is that of `ArrayFeed`, and so are the bytes of a run.

    Raises
    ------
    DataError, ShapeError
        When the data cannot be used; all of them are read once to see that.
    """

    def __init__(self, split: Split, intake: Intake, name: str = "") -> None:
        self._intake = intake
        self._sources: list[Any] = [split.x, split.y, *([] if split.weights is None else [split.weights])]
        self.samples = len(split)
        self._block = rows_of_a_block(*self._sources)
        self._blocks_at_once = max(1, BUFFER_BYTES // (self._block * row_bytes(*self._sources)))
        intake.check(split, name)
        self._check_targets(name)

    @property
    def identity(self) -> dict[str, Any]:
        """What the batches depend on besides the seed."""
        mixed = {} if self._is_one_buffer else {"samples a block": self._block, "blocks mixed": self._blocks_at_once}
        return {"samples": self.samples, **mixed}

    def steps(self, batch_size: int) -> int:
        """Return the number of batches in an epoch; the last one may be short."""
        return math.ceil(self.samples / batch_size)

    def shuffled(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Go through the blocks in a random order, and through the samples of a bufferful in a random order."""
        room = min(self.samples, self._block * self._blocks_at_once) + batch_size
        buffer = [np.empty((room, *source.shape[1:]), source.dtype) for source in self._sources]
        to_skip = done * batch_size
        kept = 0  # samples at the start of the buffer that were too few for a batch
        for blocks, order in self._bufferfuls(seed, epoch):
            if to_skip >= len(order):
                to_skip -= len(order)
                continue
            filled = self._read(blocks, buffer, kept)
            order = np.concatenate([np.arange(kept), kept + order[to_skip:]])
            to_skip = 0
            kept = len(order) % batch_size
            ready = self._ready(buffer, filled)
            for start in range(0, len(order) - kept, batch_size):
                yield ready.chosen(order[start : start + batch_size])
            left = order[len(order) - kept :]
            for array in buffer:
                array[:kept] = array[left]
        if kept:
            yield self._ready(buffer, kept).chosen(slice(None))

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Go through the samples as they come, reading about a block at once."""
        stretch = math.ceil(self._block / batch_size) * batch_size
        for start in range(0, self.samples, stretch):
            read = [np.asarray(source[start : start + stretch]) for source in self._sources]
            yield from self._ready(read, len(read[0])).in_order(batch_size)

    @property
    def _is_one_buffer(self) -> bool:
        return self.samples <= self._block * self._blocks_at_once

    def _bufferfuls(self, seed: int, epoch: int) -> Iterator[tuple[list[slice], Array]]:
        """Return the blocks that are in the buffer together, as they follow in the file, and their samples' order."""
        rng = stream(seed, "shuffle", epoch)
        blocks = stream(seed, "blocks", epoch).permutation(math.ceil(self.samples / self._block))
        for first in range(0, len(blocks), self._blocks_at_once):
            together = np.sort(blocks[first : first + self._blocks_at_once]) * self._block
            places = [slice(start, min(start + self._block, self.samples)) for start in together.tolist()]
            yield places, rng.permutation(sum(place.stop - place.start for place in places))

    def _read(self, blocks: list[slice], buffer: list[Array], start: int) -> int:
        """Read blocks into the buffer from `start` on; return where it ends."""
        for block in blocks:
            stop = start + block.stop - block.start
            for array, source in zip(buffer, self._sources, strict=True):
                array[start:stop] = source[block]
            start = stop
        return start

    def _ready(self, arrays: list[Array], stop: int) -> ArrayFeed:
        return self._intake.ready(*[array[:stop] for array in arrays])

    def _check_targets(self, name: str) -> None:
        """Let loss and class weights see all targets, before anything is trained."""
        for start in range(0, self.samples, self._block):
            stop = min(start + self._block, self.samples)
            y = np.asarray(self._sources[1][start:stop])
            try:
                self._intake.targets(y)
                self._intake.weights(y, None)
            except (DataError, ShapeError) as error:
                raise type(error)(f"{name}samples {start} to {stop - 1}, counted from {start}: {error}") from None
