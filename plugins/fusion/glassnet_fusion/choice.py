"""Which components are fused."""

from __future__ import annotations

import sys
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Any

import glassnet as gn
from glassnet_accelerators.choice import with_held
from glassnet_accelerators.switch import are_wanted

# The length of a run of unknown length.
_STEPS_WHERE_UNKNOWN = 10_000
# The bytes that every object of Python begins with, where threads share one interpreter lock.
_OBJECT = 16
# What fusing saves of a step and of each element, and what the compiler and its import cost, in seconds.
_OF_STEP, _OF_ELEMENT = 3e-6, 0.5e-9
_COMPILING, _IMPORTING = 0.05, 0.15


def fused(component: Any, elements: int, steps: int | None) -> Any:
    """Return what computes the same in compiled code; `component` itself if that would not pay, or is not possible.

    Parameters
    ----------
    component
        An optimizer, loss, layer or activation; if it is not fused, the components that it holds may be.
    elements
        The number of elements that it computes in a step.
    steps
        The number of steps of the run; None if it is unknown.
    """
    saved = (_STEPS_WHERE_UNKNOWN if steps is None else steps) * (_OF_STEP + elements * _OF_ELEMENT)
    least = _COMPILING if "llvmlite" in sys.modules else _IMPORTING + _COMPILING
    return everything_fused(component) if saved >= least and are_wanted() and is_installed() else component


@cache
def is_installed() -> bool:
    """Tell whether the compiler is there, and this is a Python whose objects compiled code knows."""
    is_known = sys.implementation.name == "cpython" and object.__basicsize__ == _OBJECT and sys.platform != "win32"
    return is_known and find_spec("llvmlite") is not None


@lru_cache(maxsize=512)
def everything_fused(component: Any) -> Any:
    """Return a component fused, or with what it holds fused; itself if there is nothing to fuse."""
    if isinstance(component, gn.Optimizer) and type(component).step is gn.Optimizer.step:
        from glassnet_fusion.fused_optimizer import FusedOptimizer

        return FusedOptimizer(component)
    if isinstance(component, gn.Activation) and type(component).as_layer is gn.Activation.as_layer:
        from glassnet_fusion.fused_activation import FusedActivation

        return FusedActivation(component)
    if isinstance(component, gn.Loss) and type(component).value_and_gradient is not gn.LossWrapper.value_and_gradient:
        from glassnet_fusion.fused_loss import FusedLoss

        return FusedLoss(component)
    return with_held(component, everything_fused)
