"""The rank's part of the data: it makes the batches of all ranks one large batch, and hands out its own share of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from glassnet.data.array_loader import ArrayLoader, Batch
from glassnet.data.loader import DataLoader
from glassnet.data.preparation import Expected, Preparation
from glassnet.support.random import stream
from glassnet.types import Array, Shape
from glassnet_dataloaders.block_shuffle_loader import BlockShuffleLoader
from glassnet_distributed.communicator import Communicator


class RankLoader:
    """What one rank draws from data that all ranks were given; the methods are those of `DataLoader`.

    A step of all ranks is a step on `size` times `batch_size` samples, in the order that one process would draw them
    in. A last batch that is short is divided as evenly as it can be. A rank for which nothing is left gets one sample
    with the weight 0, so that it takes part in the step.

    Attributes
    ----------
    ranks
        The processes that share the data.
    is_idle
        Whether the batch that was drawn last counts for nothing.
    """

    shares_ranks = True

    def __init__(self, loader: DataLoader, ranks: Communicator, compression: Any = None) -> None:
        self.loader, self.ranks, self.compression = loader, ranks, compression
        self.is_idle = False

    def __getattr__(self, name: str) -> Any:
        if name == "loader":  # a copy that is not filled yet
            raise AttributeError(name)
        return getattr(self.loader, name)

    @property
    def samples(self) -> int | None:
        """Number of samples of all ranks together."""
        return self.loader.samples

    @property
    def sample_shape(self) -> Shape:
        """Shape of one sample."""
        return self.loader.sample_shape

    @property
    def identity(self) -> dict[str, Any]:
        """What the batches depend on besides the seed and the number of ranks."""
        compressed = {} if self.compression is None else {"compression": repr(self.compression)}
        return {**self.loader.identity, **compressed}

    def parts(self) -> Iterable[tuple[Any, Any, Array | None]]:
        """Yield the data of all ranks as they were given."""
        return self.loader.parts()

    def inputs(self, integer_input: bool) -> Any:
        """Return what the samples are like."""
        return self.loader.inputs(integer_input)

    def train_test_split(self, fraction: float, rng: np.random.Generator) -> tuple[DataLoader, DataLoader]:
        """Return two loaders that share no sample, the same on all ranks."""
        training, held_out = self.loader.train_test_split(fraction, rng)
        return type(self)(training, self.ranks, self.compression), type(self)(held_out, self.ranks)

    def check(self, expected: Expected, name: str = "") -> None:
        """Check the data of all ranks, as far as that does not mean to read them."""
        self.loader.check(expected, name)

    def prepare(self, preparation: Preparation, name: str = "") -> None:
        """Get ready for one network and one loss."""
        self.loader.prepare(preparation, name)

    def steps_per_epoch(self, batch_size: int) -> int | None:
        """Return the number of steps of all ranks together."""
        return self.loader.steps_per_epoch(batch_size * self.ranks.size)

    def epoch_batches(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Yield this rank's share of each large batch; the first `done` of these are left out."""
        for (x, y), weights in self.loader.epoch_batches(batch_size * self.ranks.size, seed, epoch, done):
            rows = self.share(len(x))
            own = None if weights is None else weights[rows]
            yield self.busy(((x[rows], y[rows]), own)) if rows.stop > rows.start else self.idle(x, y)

    def sequential_batches(self, batch_size: int) -> Iterator[Batch]:
        """Yield all samples in their order."""
        return self.loader.sequential_batches(batch_size)

    def own_batches(self, batch_size: int) -> Iterator[Batch]:
        """Yield this rank's part of all samples, for a pass without training."""
        return islice(self.loader.sequential_batches(batch_size), self.ranks.rank, None, self.ranks.size)

    def share(self, samples: int) -> slice:
        """Return which rows of a number of rows are this rank's."""
        rank, size = self.ranks.rank, self.ranks.size
        return slice(samples * rank // size, samples * (rank + 1) // size)

    def busy(self, batch: Batch) -> Batch:
        """Return a batch, and note that it counts."""
        self.is_idle = False
        return batch

    def idle(self, x: Array, y: Array) -> Batch:
        """Return one sample that does not count."""
        self.is_idle = True
        return (x[:1], y[:1]), np.zeros(1)


class RankArrayLoader(RankLoader):
    """The rank's part of arrays in memory: no other rows are gathered and converted."""

    loader: ArrayLoader

    def epoch_batches(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        order = stream(seed, "shuffle", epoch).permutation(self.loader.samples)
        together = batch_size * self.ranks.size
        for start in range(done * together, len(order), together):
            rows = order[start : start + together]
            own = rows[self.share(len(rows))]
            if len(own):
                yield self.busy(self.loader.chosen(own))
            else:
                (x, y), _ = self.loader.chosen(rows[:1])
                yield self.idle(x, y)

    def own_batches(self, batch_size: int) -> Iterator[Batch]:
        for start in range(batch_size * self.ranks.rank, self.loader.samples, batch_size * self.ranks.size):
            yield self.loader.chosen(slice(start, start + batch_size))


class RankPartLoader(RankLoader):
    """A part of data that are read as they are needed: the rows, or the batches, of the other ranks are not read.

    A rank shuffles its own part, so a step of all ranks is not that of one process on the whole data.
    """

    def __init__(self, loader: Any, ranks: Communicator, compression: Any = None) -> None:
        super().__init__(loader, ranks, compression)
        self.part: Any = loader.part(ranks.rank, ranks.size)

    def prepare(self, preparation: Preparation, name: str = "") -> None:
        self.part.prepare(preparation, name)
        self._preparation = preparation

    def steps_per_epoch(self, batch_size: int) -> int | None:
        together = self.loader.steps_per_epoch(1)
        if self.samples is not None:
            return math.ceil(math.ceil(self.samples / self.ranks.size) / batch_size)
        return None if together is None else math.ceil(together / self.ranks.size)

    def epoch_batches(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        steps = self.steps_per_epoch(batch_size)
        batches = self.part.epoch_batches(batch_size, seed, epoch, done)
        kept: tuple[Array, Array] | None = None
        step = done
        while True:
            batch = next(batches, None)
            if not self._goes_on(step, steps, batch is not None):
                return
            if batch is not None:
                kept = batch[0][0][:1].copy(), batch[0][1][:1].copy()
                yield self.busy(batch)
            else:
                yield self.idle(*(kept or self._first(batch_size)))
            step += 1

    def own_batches(self, batch_size: int) -> Iterator[Batch]:
        return iter(self.part.sequential_batches(batch_size))

    def _goes_on(self, step: int, steps: int | None, has_batch: bool) -> bool:
        """Return whether there is another step: if the number of batches is not known, the ranks ask each other."""
        if steps is not None:
            return step < steps
        return any(self.ranks.gather(has_batch))

    def _first(self, batch_size: int) -> tuple[Array, Array]:
        (x, y), _ = next(iter(self.part.sequential_batches(batch_size)))
        return x, y


class OwnBatchesLoader(RankPartLoader):
    """Batches of which each rank was given its own. Their number may differ; epochs are as long as the longest."""

    def __init__(self, loader: Any, ranks: Communicator, compression: Any = None) -> None:
        RankLoader.__init__(self, loader, ranks, compression)
        self.part = loader

    @property
    def sample_shape(self) -> Shape:
        return self.ranks.broadcast(self.loader.sample_shape)

    def inputs(self, integer_input: bool) -> Any:
        return self.ranks.broadcast(self.loader.inputs(integer_input))

    def steps_per_epoch(self, batch_size: int) -> int | None:
        return None


class OwnRowsLoader(RankPartLoader):
    """Rows in a file of which each rank has its own, such as those of a large table. A rank may have none.

    Epochs are as long as those of the rank with the most rows.
    """

    def __init__(self, loader: BlockShuffleLoader, ranks: Communicator, compression: Any = None) -> None:
        RankLoader.__init__(self, loader, ranks, compression)
        self.part = loader
        self._counts = list(ranks.gather(loader.samples))
        self._shared_sample: tuple[Array, Array] | None = None

    @property
    def samples(self) -> int:
        return sum(self._counts)

    @property
    def identity(self) -> dict[str, Any]:
        return {**super().identity, **self.part.identity_of(self.samples)}

    def check(self, expected: Expected, name: str = "") -> None:
        if self.part.samples:
            self.part.check(expected, name)

    def prepare(self, preparation: Preparation, name: str = "") -> None:
        super().prepare(preparation, name)
        own = super()._first(1) if self.part.samples else None
        self._shared_sample = next(each for each in self.ranks.gather(own) if each is not None)

    def counts_of_all(self, counts: Counter[float]) -> Counter[float]:
        """Return the sum of the counters of all ranks."""
        return sum(self.ranks.gather(counts), Counter())

    def steps_per_epoch(self, batch_size: int) -> int:
        return math.ceil(max(self._counts) / batch_size)

    def _first(self, batch_size: int) -> tuple[Array, Array]:
        assert self._shared_sample is not None
        return self._shared_sample
