"""The callback augment: each batch is changed before it is learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import glassnet as gn
from glassnet_augmentations.augmentation import Augmentation


class Augment(gn.Callback):
    """Applies augmentations to the batches of a training, one after another.

    Validation, evaluation and prediction see the samples as they are. The random numbers belong to the step, so a
    training that is continued draws the same ones.
    """

    examples = ("augment([mixup])", "augment([mixup(0.4), mixup(alpha=1.0)])")

    augmentations: Sequence[Augmentation] = gn.option(kind="augmentation", many=True, help="what changes a batch")

    def check_run(self, run: gn.Run) -> None:
        changing = [each for each in self.augmentations if each.changes_targets]
        if changing and not _takes_rows(run.options.loss, run.lent_batch[1]):
            raise gn.OptionError(
                f"{changing[0]!r} mixes targets, and the loss {run.options.loss!r} takes labels alone; "
                "use categorical_crossentropy, or leave the augmentation out"
            )
        if changing and run.config.class_weights is not None:
            raise gn.OptionError(
                f"{changing[0]!r} mixes targets, and class_weight is for targets of one class each; leave one out"
            )

    def on_batch_start(self, run: gn.Run) -> None:
        x, y = run.batch
        if any(each.changes_targets for each in self.augmentations) and y.dtype.kind in "iu":
            y = np.eye(run.network.output_shape[-1], dtype=x.dtype)[y]
        rng = run.rng
        for augmentation in self.augmentations:
            x, y = augmentation.apply_with_targets(x, y, rng)
        run.batch = x, y


def _takes_rows(loss: gn.Loss, y: gn.Array) -> bool:
    """Return whether a loss takes a mixture of targets: values, or a probability for each class."""
    types = set(loss.target_types)
    return not types or bool(types - {"labels", "one_hot"})
