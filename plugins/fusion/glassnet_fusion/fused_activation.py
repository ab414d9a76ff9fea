"""The replacement for an activation."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import glassnet as gn
from glassnet_fusion.formula import formula_of
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.replacement import Replacement


@lru_cache(maxsize=512)
def forward_of(activation: gn.Activation) -> FusedFunction:
    """Return the fused forward of an activation."""
    # Components hold nothing from a run; what is compiled is found by the component.
    return FusedFunction(formula_of(activation).forward, activation.forward)


@lru_cache(maxsize=512)
def backward_of(activation: gn.Activation) -> FusedFunction:
    """Return the fused backward of an activation."""
    return FusedFunction(formula_of(activation).backward, activation.backward)


class FusedActivation(Replacement, gn.Activation):
    """Computes what another activation computes in few passes over the memory, to the same bytes."""

    replaces = "activation"

    activation: gn.Activation = gn.option(kind="activation", help="what computes the same")

    # A function for each instance: in a small network, looking it up at each call takes as long as computing.
    forward = cached_property[Any](lambda self: forward_of(self.activation))
    backward = cached_property[Any](lambda self: backward_of(self.activation))
