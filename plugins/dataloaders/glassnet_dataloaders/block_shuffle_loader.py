"""Batches from arrays on disk, shuffled by blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.data.array_loader import ArrayLoader, Batch, split_rows
from glassnet.data.preparation import Expected, Preparation, input_rules
from glassnet.errors import DataError, ShapeError
from glassnet.support.random import stream
from glassnet.types import Array, Shape
from glassnet_dataloaders.memmap import picked, row_bytes, rows_of_a_block
from glassnet_splits.split import Split

# The size of the buffer in memory in which samples are mixed.
BUFFER_BYTES = 2**26


class BlockShuffleLoader:
    """Samples and targets of which no more than a buffer is in memory. The methods are those of `DataLoader`.

    To read samples in a random order is to read a page of the disk for each. So the file is read in blocks. An epoch
    takes the blocks in a random order, fills a buffer with as many as it holds, and takes the samples in the buffer in
    a random order. If all fit into one buffer, the order is that of `ArrayLoader`, and so are the bytes of a run.
    """

    def __init__(self, split: Split) -> None:
        self.y = split.y
        self._split = split
        self._sources: list[Any] = [split.x, split.y, *([] if split.weights is None else [split.weights])]
        self.samples = len(split)
        self._block = rows_of_a_block(*self._sources)
        self._blocks_at_once = max(1, BUFFER_BYTES // (self._block * row_bytes(*self._sources)))

    def part(self, number: int, count: int) -> BlockShuffleLoader:
        """Return a loader of one of `count` stretches of the rows; nothing is read for that."""
        rows = slice(self.samples * number // count, self.samples * (number + 1) // count)

        def stretch(array: Any) -> Any:
            return array[rows] if isinstance(array, np.ndarray) else picked(array, np.arange(rows.start, rows.stop))

        split = self._split
        weights = None if split.weights is None else split.weights[rows]
        return BlockShuffleLoader(Split(stretch(split.x), stretch(split.y), weights, columns=split.columns))

    @property
    def sample_shape(self) -> Shape:
        """Shape of one sample."""
        return tuple(self._split.x.shape[1:])

    @property
    def identity(self) -> dict[str, Any]:
        """What the batches depend on besides the seed."""
        return self.identity_of(self.samples)

    def identity_of(self, samples: int) -> dict[str, Any]:
        """Return what `identity` would be with another number of samples of this size."""
        mixed = {"samples a block": self._block, "blocks mixed": self._blocks_at_once}
        return {"samples": samples, **(mixed if samples > self._block * self._blocks_at_once else {})}

    def parts(self) -> Iterator[tuple[Any, Any, Array | None]]:
        """Yield samples, targets and weights, which stay in their files."""
        yield self._split.x, self._split.y, self._split.weights

    def inputs(self, integer_input: bool) -> Any:
        """Return what the samples are like."""
        return input_rules().inputs(self._split.x, self._split.columns, integer_input)

    def train_test_split(
        self, fraction: float, rng: np.random.Generator
    ) -> tuple[BlockShuffleLoader, BlockShuffleLoader]:
        """Return two loaders that share no sample; nothing is read or copied for that."""
        split = self._split
        training, held_out = (
            BlockShuffleLoader(
                Split(
                    picked(split.x, rows),
                    picked(split.y, rows),
                    None if split.weights is None else split.weights[rows],
                    columns=split.columns,
                )
            )
            for rows in split_rows(self.samples, fraction, rng)
        )
        return training, held_out

    def check(self, expected: Expected, name: str = "") -> None:
        """Check shape and columns; the numbers are read once, in `prepare`."""
        expected.check_form(self._split.x, f"{name}x", self._split.columns)

    def prepare(self, preparation: Preparation, name: str = "") -> None:
        """Read all samples and targets once, to see that network, loss and class weights can take them."""
        self._preparation = preparation
        for start in range(0, self.samples, self._block):
            block = slice(start, min(start + self._block, self.samples))
            x, y = (np.asarray(source[block]) for source in self._sources[:2])
            preparation.expected.check(x, y, self._split.columns, name, before=start)
            try:
                ArrayLoader.of_checked(x, y, None, preparation)
            except (DataError, ShapeError) as error:
                raise type(error)(f"{name}samples {start} to {block.stop - 1}, counted from {start}: {error}") from None

    def steps_per_epoch(self, batch_size: int) -> int:
        """Return the number of batches in an epoch; the last one may be short."""
        return math.ceil(self.samples / batch_size)

    def epoch_batches(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Yield an epoch's batches: blocks in a random order, the samples of a bufferful in a random order."""
        room = min(self.samples, self._block * self._blocks_at_once) + min(self.samples, batch_size)
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

    def sequential_batches(self, batch_size: int) -> Iterator[Batch]:
        """Yield batches of the samples in their order, reading about a block at once."""
        stretch = math.ceil(self._block / batch_size) * batch_size
        for start in range(0, self.samples, stretch):
            read = [np.asarray(source[start : start + stretch]) for source in self._sources]
            yield from self._ready(read, len(read[0])).sequential_batches(batch_size)

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

    def _ready(self, arrays: list[Array], stop: int) -> ArrayLoader:
        x, y, *weights = (array[:stop] for array in arrays)
        return ArrayLoader.of_checked(x, y, weights[0] if weights else None, self._preparation)
