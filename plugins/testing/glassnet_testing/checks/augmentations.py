"""What holds for every augmentation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from glassnet.errors import GlassnetError
from glassnet.types import Array, Shape
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.runner.suite import Suite

# Pixels from 0 to 1, in colour, not square; and a row of two probabilities for each.
_SHAPE: Shape = (12, 11, 3)
_BATCH = 16
TARGETS = np.eye(2, dtype=np.float32)[np.arange(_BATCH) % 2]
# Some augmentations change a batch now and then.
_SEEDS = 40
_USES = 6
_OTHER_SHAPES: tuple[Shape, ...] = ((8, 8, 1), (40, 24, 3), (7, 9, 2))


def _samples(example: Example, batch: int = _BATCH) -> Array:
    """Return images, or samples of the shape that the author's example has behind the spec."""
    shape = example.given[0] if example.given else _SHAPE
    return np.random.default_rng(0).random((batch, *shape), dtype=np.float32)


def _changed(example: Example, x: Array, y: Array, seed: int) -> tuple[Array, Array]:
    changed: tuple[Array, Array] = example.component.apply_with_targets(x, y, np.random.default_rng(seed))
    return changed


@check(hint="return an array like x: np.where(…), or (x + …).astype(x.dtype)")
def shape_and_type_stay(subject: Subject) -> None:
    """What comes out has the shape and the type of what went in."""
    for example in subject.examples:
        for dtype in (np.float32, np.float64):
            _compare_shapes(example, example.text, _samples(example).astype(dtype), TARGETS.astype(dtype))


def _compare_shapes(example: Example, told: str, x: Array, y: Array) -> None:
    for seed in range(3):
        for before, after in zip((x, y), _changed(example, x, y, seed), strict=True):
            if after.shape != before.shape or after.dtype != before.dtype:
                raise Failure(told, (before.shape, before.dtype), (after.shape, after.dtype))
            if not np.isfinite(after).all():
                raise Failure(told, "finite numbers", after)


@check(hint="take height, width and channels from x.shape; refuse what cannot be changed with gn.ShapeError")
def batches_and_images_of_other_sizes(subject: Subject) -> None:
    """A single sample is a batch too, and images may be square, grey or large; or they are refused by ShapeError."""
    for example in subject.examples:
        single = _samples(example, 1)
        shapes = () if example.given else _OTHER_SHAPES
        rng = np.random.default_rng(0)
        for x in (single, *(rng.random((3, *shape), dtype=np.float32) for shape in shapes)):
            told = f"{example.text}, samples of shape {x.shape}"
            try:
                _compare_shapes(example, told, x, TARGETS[: len(x)])
            except GlassnetError:
                continue
            except Failure:
                raise
            except Exception as error:
                raise Failure(told, "changed samples, or a ShapeError", error) from None


@check(hint="write into a new array: the samples belong to the user")
def samples_stay_as_they_are(subject: Subject) -> None:
    """The arrays that are given are not written to."""
    for example in subject.examples:
        x, y = _samples(example), TARGETS.copy()
        _changed(example, x, y, 0)
        for before, after in zip((_samples(example), TARGETS), (x, y), strict=True):
            if not np.array_equal(before, after):
                raise Failure(example.text, before, after)


@check(hint="draw from rng in apply()")
def another_seed_gives_another_batch(subject: Subject) -> None:
    """Of forty generators, not all give the same batch."""
    for example in subject.examples:
        x = _samples(example)
        first = _changed(example, x, TARGETS, 0)[0]
        if all(np.array_equal(first, _changed(example, x, TARGETS, seed)[0]) for seed in range(1, _SEEDS)):
            raise Failure(f"{example.text}, with {_SEEDS} seeds", "other batches", "the same batch")


@check(hint="set changes_targets = True, and write apply_with_targets()")
def targets_change_if_it_says_so(subject: Subject) -> None:
    """Targets are another array with some generator if `changes_targets` says so, else always the same."""
    for example in subject.examples:
        x = _samples(example)
        changed = [_changed(example, x, TARGETS, seed)[1] for seed in range(_SEEDS)]
        others = [targets for targets in changed if not np.array_equal(targets, TARGETS)]
        if bool(others) != example.component.changes_targets:
            told = f"changes_targets = {example.component.changes_targets}"
            raise Failure(example.text, told, (others or changed)[0])


@check(
    hint="if samples are mixed, their targets are too: changes_targets = True",
    applies=lambda subject: any(not example.component.changes_targets for example in subject.examples),
)
def samples_are_kept_apart(subject: Subject) -> None:
    """Where targets stay, no sample has a part in what becomes of another."""
    for example in subject.examples:
        if example.component.changes_targets:
            continue
        x = _samples(example)
        others = x.copy()
        others[1:] = others[1:][::-1] * 0.5
        for seed in range(_SEEDS):
            given, changed = (_changed(example, samples, TARGETS, seed)[0][0] for samples in (x, others))
            if not np.array_equal(given, changed):
                raise Failure(f"{example.text}, the first sample among others", given, changed)


def _changes_targets(subject: Subject) -> bool:
    return any(example.component.changes_targets for example in subject.examples)


@check(hint="mix targets in the order and with the shares of their samples", applies=_changes_targets)
def targets_come_from_their_samples(subject: Subject) -> None:
    """A sample that has a part in the targets of another one has a part in that sample too."""
    for example in subject.examples:
        x = _samples(example)
        for seed, one in product(range(3), range(_BATCH)):
            samples, targets = _changed(example, x, TARGETS, seed)
            other_x, other_y = x.copy(), TARGETS.copy()
            other_x[one], other_y[one] = 1 - x[one], 1 - TARGETS[one]
            in_samples = _rows_that_differ(_changed(example, other_x, TARGETS, seed)[0], samples)
            in_targets = _rows_that_differ(_changed(example, x, other_y, seed)[1], targets)
            if alone := sorted(in_targets - in_samples - {one}):
                told = f"{example.text}, seed {seed}: target {one} has a part in target {alone[0]}"
                raise Failure(told, f"sample {one} has a part in sample {alone[0]}", "none")


def _rows_that_differ(some: Array, others: Array) -> set[int]:
    return {row for row in range(len(some)) if not np.array_equal(some[row], others[row])}


@check(hint="the shares of the targets add up to 1: share * y + (1 - share) * y[order]", applies=_changes_targets)
def targets_of_one_class_add_up_to_1(subject: Subject) -> None:
    """If all samples are of one class, the probabilities of each still add up to 1."""
    for example in subject.examples:
        of_one_class = np.tile(np.array([0, 1], np.float32), (_BATCH, 1))
        for seed in range(3):
            totals = _changed(example, _samples(example), of_one_class, seed)[1].sum(axis=-1)
            if not np.allclose(totals, 1, atol=1e-4):
                raise Failure(f"{example.text}, all samples of class 1", "targets that add up to 1", totals)


def use(augmentation: Any, seed: int) -> Iterator[Array]:
    """Apply an augmentation to several batches."""
    rng = np.random.default_rng(seed)
    examples = (*augmentation.examples, *augmentation.checks.examples)
    shape: Shape = next((each[1] for each in examples if not isinstance(each, str)), _SHAPE)
    x = np.random.default_rng(0).random((_BATCH, *shape), dtype=np.float32)
    for _ in range(_USES):
        yield from augmentation.apply_with_targets(x, TARGETS, rng)


@check(hint="take the option out, or use it: self.degrees", applies=lambda subject: bool(subject.options))
def each_option_counts(subject: Subject) -> None:
    """Each option changes the samples at some value."""
    compare_options([example.component for example in subject.examples], lambda augmentation: [*use(augmentation, 3)])


AUGMENTATION_CHECKS = Suite(
    (
        shape_and_type_stay,
        samples_stay_as_they_are,
        another_seed_gives_another_batch,
        batches_and_images_of_other_sizes,
        targets_change_if_it_says_so,
        samples_are_kept_apart,
        targets_come_from_their_samples,
        targets_of_one_class_add_up_to_1,
        each_option_counts,
    ),
    use,
)
