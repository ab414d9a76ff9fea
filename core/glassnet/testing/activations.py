"""What holds for every activation, besides what holds for a layer."""

from __future__ import annotations

import numpy as np

from glassnet.arrays import Array
from glassnet.registry import registry
from glassnet.testing.check import Failure, check
from glassnet.testing.layers import Case, cases
from glassnet.testing.subject import Subject


@check(
    hint='outputs = "values", "probabilities" or "distribution"; a distribution is along the last axis',
    applies=lambda subject: any(example.component.outputs != "values" for example in subject.examples),
)
def outputs_are_as_claimed(subject: Subject) -> None:
    """The output is in the range that the activation claims: probabilities in 0..1, rows that sum to 1."""
    for case in cases(subject):
        claimed = getattr(case.layer, "outputs", "values")

        def examine(x: Array, case: Case = case, claimed: str = claimed) -> Failure | None:
            y = case.bench(x).output(x, training=False)
            shown = case.show(x)
            if not ((y >= 0) & (y <= 1)).all():
                return Failure(shown, "values in 0..1", y)
            sums = y.sum(axis=-1)
            if claimed == "distribution" and not np.allclose(sums, 1, rtol=0, atol=1e-9):
                return Failure(shown, "rows that sum to 1", f"sums {sums}")
            return None

        case.try_all([case.inputs.random(1), case.inputs.random(3), *case.inputs.awkward()], examine)


@check(hint="work on the last axis with axis=-1 and keepdims=True, not on axis 1")
def any_shape_is_taken(subject: Subject) -> None:
    """The output has the shape of the input, whatever that is."""
    for example in subject.examples:
        for shape in ((1,), (5,), (2, 3), (2, 3, 4), (2, 3, 4, 2)):
            case = Case(example, shape)
            x = case.inputs.random(2)
            got = case.bench().output(x).shape
            if got != x.shape:
                raise Failure(case.show(x), f"shape {x.shape}", f"shape {got}")


@check(
    hint='initializer = "he_normal", the spec of an installed one',
    applies=lambda subject: any(example.component.initializer is not None for example in subject.examples),
)
def preferred_initializer_exists(subject: Subject) -> None:
    """The initializer that the activation asks for exists."""
    for example in subject.examples:
        if example.component.initializer is not None:
            registry.create("initializer", example.component.initializer)
