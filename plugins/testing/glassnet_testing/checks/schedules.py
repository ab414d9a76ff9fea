"""What holds for every schedule."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from glassnet.components.optimizer import Schedule
from glassnet.run.hook_table import HOOKS
from glassnet_testing.cases.short_runs import EACH_STEP, Practice, compare_broken_runs, regression
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options, with_other_options
from glassnet_testing.runner.subject import Example, Subject

_LENGTHS = (1, 2, 3, 10, 1000, 1_000_000)
_ENDS = 300


def _steps(total_steps: int) -> Sequence[int]:
    """Return the steps of a run; of a long one, both ends and some between."""
    if total_steps <= 2 * _ENDS:
        return range(total_steps)
    between = np.linspace(_ENDS, total_steps - _ENDS, _ENDS).astype(int).tolist()
    return [*range(_ENDS), *between, *range(total_steps - _ENDS, total_steps)]


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
            for step in _steps(total_steps):
                got = example.component.lr(step, total_steps, 0.1)
                if not (type(got) is float and math.isfinite(got) and got >= 0):
                    raise Failure(_told(example.component, step, total_steps), "a float >= 0", repr(got))


@check(hint="such a run would learn nothing")
def some_step_is_taken(subject: Subject) -> None:
    """Some step of a run of any length has a size above 0."""
    for example in subject.examples:
        for total_steps in _LENGTHS:
            if not any(example.component.lr(step, total_steps, 0.1) > 0 for step in _steps(total_steps)):
                raise Failure(
                    f"{example.component!r} over {total_steps} steps of base_lr 0.1", "a step above 0", "none"
                )


@check(hint="work it out from step and total_steps; what a run has seen belongs in run.state_of(self)")
def order_does_not_matter(subject: Subject) -> None:
    """The step size depends on the step and not on what was asked before: a run can be continued anywhere."""
    for example in subject.examples:
        for total_steps in (10, 1000, 1_000_000):
            steps = _steps(total_steps)
            forwards, backwards = example.fresh(), example.fresh()
            expected = [forwards.lr(step, total_steps, 0.1) for step in steps]
            got = [backwards.lr(step, total_steps, 0.1) for step in reversed(steps)][::-1]
            for number, step in enumerate(steps):
                if got[number] != expected[number]:
                    told = f"{_told(example.component, step, total_steps)} asked from the last step to the first"
                    raise Failure(told, expected[number], got[number])


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


@check(hint="keep in run.state_of(self) what a run has seen, as numbers, text and arrays")
def training_can_be_continued(subject: Subject) -> None:
    """Training that is broken off after any step and continued ends in the same bytes."""
    for example in subject.examples:
        compare_broken_runs(example.text, partial(_practice, example), EACH_STEP)


def _practice(example: Example) -> Practice:
    return regression(["dense(3)", "tanh"], schedule=example.fresh())


@check(hint="declare bounds with gt=, ge=, lt=, le=; look at the first and the last step")
def step_sizes_at_other_options(subject: Subject) -> None:
    """At other values of the options, step sizes are finite and not below 0."""
    for example in subject.examples:
        for _, schedule in with_other_options(example.component):
            for total_steps in (1, 10, 1000):
                for step in _steps(total_steps):
                    got = schedule.lr(step, total_steps, 0.1)
                    if not (type(got) is float and math.isfinite(got) and got >= 0):
                        raise Failure(_told(schedule, step, total_steps), "a float >= 0", repr(got))


def _follows_the_step(subject: Subject) -> bool:
    """Tell whether step sizes depend on the step alone: others react to what happens in a run, through its hooks."""
    moves = any(
        len({example.component.lr(step, 1000, 0.1) for step in range(1000)}) > 1 for example in subject.examples
    )
    return moves or not any(hasattr(subject.component, hook) for hook in HOOKS)


@check(
    hint="take the option out, or use it: self.final",
    applies=lambda subject: bool(subject.options) and _follows_the_step(subject),
)
def each_option_counts(subject: Subject) -> None:
    """Each option changes the step sizes at some value."""

    def computed(schedule: Schedule) -> list[Any]:
        runs = (10, 1000, 100_000)
        return [np.array([schedule.lr(step, total, 0.1) for step in _steps(total)]) for total in runs]

    compare_options([example.component for example in subject.examples], computed)


@check(hint="return base_lr times a factor that does not depend on base_lr, or a bound that both share")
def more_base_lr_is_never_less(subject: Subject) -> None:
    """At each step, a larger step size of the optimizer gives no smaller one."""
    for example in subject.examples:
        for step in _steps(1000):
            once, twice = (example.component.lr(step, 1000, base) for base in (0.1, 0.2))
            if twice < once:
                raise Failure(_told(example.component, step, 1000, 0.2), f"at least {once:.6g}, as for 0.1", twice)
