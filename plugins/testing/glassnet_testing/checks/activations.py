"""What holds for every activation, besides what holds for a layer."""

from __future__ import annotations

import math

import numpy as np

from glassnet.components.activation import Activate
from glassnet.components.layer import Layer
from glassnet.components.metric import outputs_of
from glassnet.registry.registry import registry
from glassnet.types import Array
from glassnet_testing.checks.layers import Case, cases
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import close
from glassnet_testing.tools.formatting import array_text

# A row that sums to 1 may hold a value that is 1 but for rounding.
_ROUNDING = 1e-9


@check(
    hint='output_type = "probabilities" or "distribution", along the last axis; output_range = (0.0, math.inf)',
    applies=lambda subject: any(_claims_something(example.component) for example in subject.examples),
)
def outputs_are_as_claimed(subject: Subject) -> None:
    """The output is in the range that the component claims, probabilities in 0..1, and rows sum to 1."""
    for case in cases(subject):
        claimed, (low, high) = outputs_of([case.layer])
        if claimed in ("probabilities", "distribution"):
            low, high = max(low, 0.0), min(high, 1.0)

        def examine(
            x: Array, case: Case = case, claimed: str = claimed, low: float = low, high: float = high
        ) -> Failure | None:
            y = case.bench(x).output(x, training=False)
            shown = case.show(x)
            if not ((y >= low - _ROUNDING) & (y <= high + _ROUNDING)).all():
                return Failure(shown, f"values in {low:g}..{high:g}", y)
            sums = (np.exp(y) if claimed == "log_distribution" else y).sum(axis=-1)
            if claimed.endswith("distribution") and not np.allclose(sums, 1, rtol=0, atol=_ROUNDING):
                return Failure(shown, "rows that sum to 1", f"sums {sums}")
            return None

        case.try_all([case.inputs.random(1), case.inputs.random(3), *case.inputs.awkward()], examine)


def _claims_something(layer: Layer) -> bool:
    are, bounds = outputs_of([layer])
    return are != "values" or bounds != (-math.inf, math.inf)


@check(hint="work on the last axis with axis=-1 and keepdims=True, not on axis 1")
def any_shape_is_taken(subject: Subject) -> None:
    """The output has the shape of the input, for every shape."""
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


@check(
    hint="axis 1 is the last one of a matrix alone: use axis=-1",
    applies=lambda subject: all(isinstance(example.component.as_layer(), Activate) for example in subject.examples),
)
def rows_are_independent(subject: Subject) -> None:
    """Rows of features are treated alike, however many axes are in front of them."""
    for example in subject.examples:
        x = Case(example, (3, 4)).inputs.random(2)
        expected = example.component.forward(x.reshape(6, 4))
        got = example.component.forward(x).reshape(6, 4)
        if not close(got, expected, 1e-12):
            raise Failure(Case(example, (3, 4)).show(x), f"as of its rows, {array_text(expected)}", got)
