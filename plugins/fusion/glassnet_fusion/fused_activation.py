"""The replacement for an activation."""

from __future__ import annotations

from functools import cached_property, lru_cache

import glassnet as gn
from glassnet_fusion.formula import formula_of
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.replacement import Replacement


class FusedActivation(Replacement, gn.Activation):
    """Computes what another activation computes in few passes over the memory, to the same bytes."""

    replaces = "activation"

    activation: gn.Activation = gn.option(kind="activation", help="what computes the same")

    # A function for each instance: in a small network, looking it up at each call takes as long as computing.
    @cached_property
    def forward(self) -> FusedFunction:  # type: ignore[override]
        return forward_of(self.activation)

    @cached_property
    def backward(self) -> FusedFunction:  # type: ignore[override]
        return backward_of(self.activation)


@lru_cache(maxsize=512)
def forward_of(activation: gn.Activation) -> FusedFunction:
    """Return the fused forward of an activation."""
    # Components hold nothing from a run; what is compiled is found by the component.
    return FusedFunction(formula_of(activation).forward, activation.forward)


@lru_cache(maxsize=512)
def backward_of(activation: gn.Activation) -> FusedFunction:
    """Return the fused backward of an activation."""
    return FusedFunction(formula_of(activation).backward, activation.backward)
