"""The replacements for regularizers and constraints, which act on the values of one parameter."""

from __future__ import annotations

from functools import lru_cache

import glassnet as gn
from glassnet_fusion.fused_function import FusedFunction


class FusedRegularizer(gn.Regularizer):
    """Adds the derivative of another regularizer's penalty in one pass over the memory, to the same bytes."""

    regularizer: gn.Regularizer = gn.option(kind="regularizer", help="what computes the same")

    def penalty(self, w: gn.Array) -> float:
        return self.regularizer.penalty(w)

    def gradient(self, w: gn.Array) -> gn.Array:
        return self.regularizer.gradient(w)

    def add_gradient(self, w: gn.Array, g: gn.Array) -> None:
        gradient_of(self.regularizer)(w, g)


class FusedConstraint(gn.Constraint):
    """Moves values into the set of another constraint in few passes over the memory, to the same bytes."""

    constraint: gn.Constraint = gn.option(kind="constraint", help="what computes the same")

    def project(self, w: gn.Array) -> None:
        projection_of(self.constraint)(w)


# Components hold nothing from a run; what is compiled is found by the component.
@lru_cache(maxsize=512)
def gradient_of(regularizer: gn.Regularizer) -> FusedFunction:
    """Return the fused function that adds the derivative of a penalty to a gradient."""

    def add(w: gn.Array, g: gn.Array) -> gn.Array:
        regularizer.add_gradient(w, g)
        return g

    return FusedFunction(add, add)


@lru_cache(maxsize=512)
def projection_of(constraint: gn.Constraint) -> FusedFunction:
    """Return the fused projection of a constraint."""

    def project(w: gn.Array) -> gn.Array:
        constraint.project(w)
        return w

    return FusedFunction(project, project)
