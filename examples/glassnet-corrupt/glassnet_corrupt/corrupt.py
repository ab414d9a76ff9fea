"""The callback corrupt: each batch is changed before it is learned from."""

from __future__ import annotations

from collections.abc import Sequence

import glassnet as gn
from glassnet_corrupt.corruption import Corruption


class Corrupt(gn.Callback):
    """Applies corruptions to the samples of each batch of a training, one after another.

    Validation and evaluation see the samples as they are.
    """

    examples = ("corrupt([jitter(0.2)])",)

    corruptions: Sequence[Corruption] = gn.option(kind="corruption", many=True, help="what changes a batch")

    def on_batch_start(self, run: gn.Run) -> None:
        x, y = run.batch
        rng = run.rng
        for corruption in self.corruptions:
            x = corruption.apply(x, rng)
        run.batch = x, y
