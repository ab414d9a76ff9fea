"""Duplicates: samples of the test data are also in the training data, so the test measures memory."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class DuplicatesInTest(gn.Rule):
    """Finds validation samples that occur in the training data, while the training data hardly repeat themselves."""

    share: float = gn.option(0.05, gt=0, le=1, help="part of the validation samples that has to be known")

    needs = ("validation",)
    reference = "Barz and Denzler (2020), Do We Train on Test Data?, J. Imaging 6(6)"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.validation is not None
        train = _rows(case.train)
        test = _rows(case.validation)
        if len(test) < 20:
            return
        known = set(train)
        shared = sum(row in known for row in test) / len(test)
        repeated = 1 - len(known) / len(train)
        if shared < self.share or repeated > shared / 2:
            return
        yield self.finding(
            0.97,
            "the validation data",
            f"{shared:.0%} of the samples are also in the training data",
            "remove duplicates before the data are split: np.unique(x, axis=0, return_index=True)",
            share_in_training=shared,
            share_repeated_in_training=repeated,
            samples=len(test),
        )


def _rows(split: gn.Split) -> list[bytes]:
    """Return a digest of each sample, which takes less memory than the samples."""
    return [blake2b(np.asarray(row).tobytes(), digest_size=16).digest() for row in np.asarray(split.x[:20_000])]
