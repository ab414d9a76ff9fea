"""What holds for every schedule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from glassnet.schedule import Schedule
from glassnet.testing.check import Failure, check
from glassnet.testing.practice import Practice, compare_broken_runs, regression
from glassnet.testing.subject import Example, Subject

_LENGTHS = (1, 2, 3, 10, 1000)


def use(schedule: Schedule, seed: int) -> Iterator[Any]:
    """Use a schedule over a short run."""
    for step in range(10):
        yield np.float64(schedule.lr(step, 10, 0.1 * (seed + 1)))


def _told(schedule: Schedule, step: int, total_steps: int, base_lr: float = 0.1) -> str:
    return f"{schedule!r}, lr({step}, {total_steps}, {base_lr:g})"


@check(hint="a run may have a single step: total_steps - 1 is 0 then")
def step_sizes_are_finite(subject: Subject) -> None:
    """Every step of a run of any length has a finite step size, not below 0, as a Python float."""
    for example in subject.examples:
        for total_steps in _LENGTHS:
            for step in range(total_steps):
                got = example.component.lr(step, total_steps, 0.1)
                if not (type(got) is float and math.isfinite(got) and got >= 0):
                    raise Failure(_told(example.component, step, total_steps), "a float >= 0", repr(got))


@check(hint="such a run would learn nothing")
def some_step_is_taken(subject: Subject) -> None:
    """Some step of a run of any length has a size above 0."""
    for example in subject.examples:
        for total_steps in _LENGTHS:
            if not any(example.component.lr(step, total_steps, 0.1) > 0 for step in range(total_steps)):
                raise Failure(
                    f"{example.component!r} over {total_steps} steps of base_lr 0.1", "a step above 0", "none"
                )


@check(hint="work it out from step and total_steps; what a run has seen belongs in run.memory(self)")
def order_does_not_matter(subject: Subject) -> None:
    """The step size depends on the step and not on what was asked before: a run can be continued anywhere."""
    for example in subject.examples:
        forwards, backwards = example.fresh(), example.fresh()
        expected = [forwards.lr(step, 10, 0.1) for step in range(10)]
        got = [backwards.lr(step, 10, 0.1) for step in reversed(range(10))][::-1]
        for step in range(10):
            if got[step] != expected[step]:
                told = f"{_told(example.component, step, 10)} asked from the last step to the first"
                raise Failure(told, expected[step], got[step])


@check(hint="return base_lr times something")
def base_lr_counts(subject: Subject) -> None:
    """The optimizer's own step size counts: twice as large, the steps are larger."""
    for example in subject.examples:
        once, twice = (sum(example.component.lr(step, 10, base) for step in range(10)) for base in (0.1, 0.2))
        if not twice > once:
            raise Failure(f"{example.component!r}, the sum over 10 steps with base_lr 0.2", f"above {once:.6g}", twice)


@check(
    hint="leave needs_total_steps at True, or total_steps out of the formula",
    applies=lambda subject: any(not example.component.needs_total_steps for example in subject.examples),
)
def length_counts_only_where_it_is_needed(subject: Subject) -> None:
    """A schedule that says it needs no length of the run gives the same step sizes for every length."""
    for example in subject.examples:
        if example.component.needs_total_steps:
            continue
        for step in range(10):
            expected, got = (example.component.lr(step, total_steps, 0.1) for total_steps in (1000, step + 1))
            if got != expected:
                raise Failure(_told(example.component, step, step + 1), expected, got)


@check(hint="keep in run.memory(self) what a run has seen, as numbers, text and arrays")
def training_can_be_continued(subject: Subject) -> None:
    """Training that is broken off and continued ends in the same bytes."""
    for example in subject.examples:
        compare_broken_runs(example.text, partial(_practice, example))


def _practice(example: Example) -> Practice:
    return regression(["dense(3)", "tanh"], schedule=example.fresh())
