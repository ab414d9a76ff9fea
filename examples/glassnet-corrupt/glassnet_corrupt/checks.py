"""What holds for every corruption."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import glassnet as gn
from glassnet.testing import Failure, Subject, Suite, check
from glassnet_corrupt.corruption import Corruption

IMAGES = np.random.default_rng(0).random((16, 5, 4, 3), dtype=np.float32)


def use(corruption: Corruption, seed: int) -> Iterator[gn.Array]:
    """Apply a corruption twice."""
    rng = np.random.default_rng(seed)
    yield corruption.apply(IMAGES, rng)
    yield corruption.apply(IMAGES, rng)


@check(hint="return an array like x: np.where(…), or (x + …).astype(x.dtype)")
def shape_and_type_stay(subject: Subject) -> None:
    """What comes out has the shape and the type of what went in."""
    for example in subject.examples:
        changed = example.component.apply(IMAGES, np.random.default_rng(0))
        if changed.shape != IMAGES.shape or changed.dtype != IMAGES.dtype:
            raise Failure(example.text, (IMAGES.shape, IMAGES.dtype), (changed.shape, changed.dtype))


@check(hint="write into a new array: the samples belong to the user")
def samples_stay_as_they_are(subject: Subject) -> None:
    """The array that is given is not written to."""
    for example in subject.examples:
        given = IMAGES.copy()
        example.component.apply(given, np.random.default_rng(0))
        if not np.array_equal(given, IMAGES):
            raise Failure(example.text, IMAGES, given)


@check(hint="draw from rng in apply()")
def another_seed_gives_another_batch(subject: Subject) -> None:
    """Two generators give two batches."""
    for example in subject.examples:
        first, second = (example.component.apply(IMAGES, np.random.default_rng(seed)) for seed in (0, 1))
        if np.array_equal(first, second):
            raise Failure(f"{example.text}, with two seeds", "two batches", "the same batch")


CHECKS = Suite((shape_and_type_stay, samples_stay_as_they_are, another_seed_gives_another_batch), use)
