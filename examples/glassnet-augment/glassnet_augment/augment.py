"""The callback augment: each batch is changed before it is learned from."""

from __future__ import annotations

from collections.abc import Sequence

import glassnet as gn
from glassnet_augment.augmentation import Augmentation


class Augment(gn.Callback):
    """Applies augmentations to the samples of each batch of a training, one after another.

    Validation and evaluation see the samples as they are.
    """

    examples = ("augment([jitter(0.2)])",)

    augmentations: Sequence[Augmentation] = gn.option(kind="augmentation", many=True, help="what changes a batch")

    def on_batch_start(self, run: gn.Run) -> None:
        x, y = run.batch
        rng = run.rng
        for augmentation in self.augmentations:
            x = augmentation.apply(x, rng)
        run.batch = x, y
