"""What holds for every augmentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite

# Pixels from 0 to 1, in colour, not square; and a row of two probabilities for each.
IMAGES = np.random.default_rng(0).random((16, 12, 11, 3), dtype=np.float32)
TARGETS = np.eye(2, dtype=np.float32)[np.arange(16) % 2]


def use(augmentation: Any, seed: int) -> Iterator[Array]:
    """Apply an augmentation twice."""
    rng = np.random.default_rng(seed)
    for _ in range(2):
        yield from augmentation.apply_with_targets(IMAGES, TARGETS, rng)


@check(hint="return an array like x: np.where(…), or (x + …).astype(x.dtype)")
def shape_and_type_stay(subject: Subject) -> None:
    """What comes out has the shape and the type of what went in."""
    for example in subject.examples:
        for dtype in (np.float32, np.float64):
            given = IMAGES.astype(dtype), TARGETS.astype(dtype)
            changed = example.component.apply_with_targets(*given, np.random.default_rng(0))
            for before, after in zip(given, changed, strict=True):
                if after.shape != before.shape or after.dtype != before.dtype:
                    raise Failure(example.text, (before.shape, before.dtype), (after.shape, after.dtype))


@check(hint="write into a new array: the samples belong to the user")
def samples_stay_as_they_are(subject: Subject) -> None:
    """The arrays that are given are not written to."""
    for example in subject.examples:
        given = IMAGES.copy(), TARGETS.copy()
        example.component.apply_with_targets(*given, np.random.default_rng(0))
        for before, after in zip((IMAGES, TARGETS), given, strict=True):
            if not np.array_equal(before, after):
                raise Failure(example.text, before, after)


@check(hint="draw from rng in apply()")
def another_seed_gives_another_batch(subject: Subject) -> None:
    """Two generators give two batches."""
    for example in subject.examples:
        first, second = (
            example.component.apply_with_targets(IMAGES, TARGETS, np.random.default_rng(seed))[0] for seed in (0, 1)
        )
        if np.array_equal(first, second):
            raise Failure(f"{example.text}, with two seeds", "two batches", "the same batch")


@check(hint="set changes_targets = True, and write apply_with_targets()")
def targets_change_if_it_says_so(subject: Subject) -> None:
    """Targets are another array if `changes_targets` says so, else the same."""
    for example in subject.examples:
        _, targets = example.component.apply_with_targets(IMAGES, TARGETS, np.random.default_rng(0))
        if np.array_equal(targets, TARGETS) == example.component.changes_targets:
            raise Failure(example.text, f"changes_targets = {example.component.changes_targets}", targets)


@check(
    hint="if samples are mixed, their targets are too: changes_targets = True",
    applies=lambda subject: any(not example.component.changes_targets for example in subject.examples),
)
def samples_are_kept_apart(subject: Subject) -> None:
    """Where targets stay, no sample has a part in what becomes of another."""
    for example in subject.examples:
        if example.component.changes_targets:
            continue
        others = IMAGES.copy()
        others[1:] = others[1:][::-1] * 0.5
        given, changed = (
            example.component.apply_with_targets(images, TARGETS, np.random.default_rng(0))[0][0]
            for images in (IMAGES, others)
        )
        if not np.array_equal(given, changed):
            raise Failure(f"{example.text}, the first image among others", given, changed)


@check(hint="take the option out, or use it: self.degrees", applies=lambda subject: bool(subject.options))
def each_option_counts(subject: Subject) -> None:
    """Each option changes the samples at some value."""
    compare_options([example.component for example in subject.examples], lambda augmentation: [*use(augmentation, 3)])


AUGMENTATION_CHECKS = Suite(
    (
        shape_and_type_stay,
        samples_stay_as_they_are,
        another_seed_gives_another_batch,
        targets_change_if_it_says_so,
        samples_are_kept_apart,
        each_option_counts,
    ),
    use,
)
