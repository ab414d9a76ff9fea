"""What holds for every constraint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.components.parameter import Constraint
from glassnet.types import Array
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.formatting import array_text


def use(constraint: Constraint, seed: int) -> Iterator[Any]:
    """Use a constraint once."""
    w = 3 * np.random.default_rng(seed).normal(size=(3, 4))
    constraint.project(w)
    yield w


def _weights() -> Iterator[Array]:
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (4,), (3, 4), (2, 2, 3, 2)):
        yield np.zeros(shape)
        yield 0.01 * rng.normal(size=shape)
        yield 5 * rng.normal(size=shape)
        yield -np.ones(shape)


@check(hint="w *= …, np.clip(w, 0, None, out=w)")
def in_place(subject: Subject) -> None:
    """apply() changes the values in place, and returns nothing."""
    for example in subject.examples:
        for w in _weights():
            returned = example.component.project(w.copy())
            if returned is not None:
                raise Failure(f"{example.text} of w = {array_text(w)}", "None", returned)


@check(hint="w = np.maximum(w, 0) binds a name; w[...] = np.maximum(w, 0) changes the weights")
def changes_what_is_not_allowed(subject: Subject) -> None:
    """Some values are brought back: the constraint does something."""
    for example in subject.examples:
        for w in (100 * each for each in _weights()):
            before = w.copy()
            example.component.project(w)
            if not same_bytes(w, before):
                break
        else:
            told = f"{example.text} of weights of all sizes, signs and shapes, such as {array_text(before)}"
            raise Failure(told, "other values for some of them", "all as they were")
        _look_at_a_large_matrix(example)


def _look_at_a_large_matrix(example: Example) -> None:
    """Raise `Failure` if a matrix of random values is changed, and a large one is not."""
    small, large = (100 * np.random.default_rng(1).normal(size=shape) for shape in ((3, 4), (200, 100)))
    changed = []
    for w in (small, large):
        before = w.copy()
        example.component.project(w)
        changed.append(not same_bytes(w, before))
    if changed == [True, False]:
        told = f"{example.text} of random weights of shape (200, 100)"
        raise Failure(told, "other values for some of them, as of shape (3, 4)", "all as they were")


@check(hint="the nearest allowed value of an allowed value is itself")
def twice_is_once(subject: Subject) -> None:
    """What is allowed stays as it is: applying it twice is applying it once."""
    for example in subject.examples:
        for w in _weights():
            once = w.copy()
            example.component.project(once)
            twice = once.copy()
            example.component.project(twice)
            if not close(twice, once, 1e-12):
                raise Failure(f"{example.text} of w = {array_text(once)}", once, twice)


@check(hint="a norm of 0 is not a divisor")
def values_stay_finite(subject: Subject) -> None:
    """Zeros and large values stay finite, in float32 too."""
    for example in subject.examples:
        for dtype in ("float64", "float32"):
            for size in (0.0, 1e-30, 1e4):
                w = np.full((2, 3), size, dtype)
                example.component.project(w)
                if not np.isfinite(w).all():
                    raise Failure(
                        f"{example.text} of w = {array_text(np.full((2, 3), size, dtype))}", "finite values", w
                    )


@check(hint="reshape may copy: write with w[...] = …, and look at no strides")
def views_are_changed_right(subject: Subject) -> None:
    """Weights in Fortran's order and in a view get the values that they get in one piece of memory."""
    for example in subject.examples:
        for w in (5 * each for each in _weights()):
            expected = w.copy()
            example.component.project(expected)
            for told, view in (
                ("in Fortran's order", np.asfortranarray(w)),
                ("as a view", np.repeat(w, 2, -1)[..., ::2]),
            ):
                shown = array_text(view)
                example.component.project(view)
                if not close(view, expected, 1e-12):
                    raise Failure(f"{example.text} of w = {shown}, {told}", expected, view)


@check(hint="no float16, and no constant that holds for one precision alone")
def float32_is_like_float64(subject: Subject) -> None:
    """float32 gives what float64 gives, but for rounding, in large arrays too."""
    for example in subject.examples:
        for wide in (*(5 * each for each in _weights()), np.random.default_rng(4).normal(size=(200, 100))):
            narrow = wide.astype(np.float32)
            expected = narrow.astype(np.float64)
            shown = array_text(narrow)
            example.component.project(narrow)
            example.component.project(expected)
            if not close(narrow, expected, 1e-4):
                raise Failure(f"{example.text} of w = {shown}", expected, narrow)


@check(hint="take the option out, or use it: self.limit", applies=lambda subject: bool(subject.options))
def each_option_counts(subject: Subject) -> None:
    """Each option changes the values at some setting."""

    def computed(constraint: Constraint) -> list[Any]:
        results = [3 * w for w in _weights()]
        for w in results:
            constraint.project(w)
        return results

    compare_options([example.component for example in subject.examples], computed)
