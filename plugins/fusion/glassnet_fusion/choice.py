"""Which components are fused."""

from __future__ import annotations

import math
import sys
from functools import lru_cache
from typing import Any

import glassnet as gn
from glassnet.components.layer import layers_held_by
from glassnet_accelerators.choice import is_replacement, replaced_exactly, with_held
from glassnet_accelerators.compilable import Compilable
from glassnet_accelerators.switch import are_wanted
from glassnet_machine_code.code_cache import holds_code
from glassnet_machine_code.installed import is_installed

# The length of a run of unknown length.
_STEPS_WHERE_UNKNOWN = 10_000
# What fusing saves of a step and of each element, in seconds. A loss has many operations on few numbers.
_OF_STEP, _OF_ELEMENT, _OF_LOSS = 3e-6, 0.5e-9, 20e-6
# Of features, of steps of features, and of images.
_SHAPES = ((64,), (64, 64), (64, 64, 2))
# What it costs to import the compiler, and to read or to compile the code of a component.
_IMPORTING, _READING, _COMPILING = 0.04, 0.006, 0.05
# What has to be saved for a component that rounds in another way: the bytes of a run depend on nothing but its length.
_WORTH_OTHER_BYTES = 0.2


def fused(component: Any, elements: int, steps: int | None, calls: int = 1) -> Any:
    """Return what computes the same in compiled code; `component` itself if that would not pay, or is not possible.

    The compiler itself pays in a run that `may_pay`: it is imported once for all components.

    Parameters
    ----------
    component
        An optimizer, loss, layer or activation; if it is not fused, the components that it holds may be.
    elements
        The number of elements that it computes in a step.
    steps
        The number of steps of the run; None if it is unknown.
    calls
        How often the parts of a layer are called in a step, at most.
    """
    steps = _STEPS_WHERE_UNKNOWN if steps is None else steps
    saved = _saved(elements, steps * (calls if parts_of(component) else 1))
    if isinstance(component, gn.Loss):
        saved += steps * _OF_LOSS
    pays = saved >= cost_of_code() and are_wanted() and is_installed()
    return everything_fused(component) if pays else component


def may_pay(config: Any) -> bool:
    """Tell whether some component of a run may be worth fusing, by its largest array: most runs of a step are not."""
    options, network = config.options, config.network
    steps = config.data.steps_per_epoch(options.batch_size)
    largest = max(network.flat_parameters.size, options.batch_size * max(map(math.prod, network.shapes)))
    steps = _STEPS_WHERE_UNKNOWN if steps is None else steps * options.epochs
    importing = 0.0 if "llvmlite" in sys.modules else _IMPORTING
    return _saved(largest, steps * longest_sequence(network)) >= importing + cost_of_code()


def longest_sequence(network: Any) -> int:
    """Return the number of steps of the longest sequence between layers: a recurrent layer calls its parts as often."""
    return max((shape[0] for shape in network.shapes if len(shape) == 2), default=1)


def cost_of_code() -> float:
    """Return the seconds until the code of a component is there: fewer if it is in the cache."""
    return _READING if holds_code() else _COMPILING


def is_worth_other_bytes(elements: int, steps: float) -> bool:
    """Tell whether fusing pays in every process, which a component has to ask that rounds in another way."""
    return _saved(elements, steps) >= _WORTH_OTHER_BYTES


def _saved(elements: int, steps: float) -> float:
    return steps * (_OF_STEP + elements * _OF_ELEMENT)


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
    if isinstance(component, gn.Regularizer | gn.Constraint):
        from glassnet_fusion.fused_parameter import FusedConstraint, FusedRegularizer

        kind: Any = FusedRegularizer if isinstance(component, gn.Regularizer) else FusedConstraint
        return component if isinstance(component, kind) else kind(component)
    if _is_layer_alone(component):
        from glassnet_fusion.fused_layer import FusedLayer

        return FusedLayer(component)
    if isinstance(component, gn.Activation) and component.as_layer() is not component:
        layer = component.as_layer()
        fused = everything_fused(layer)
        return component if fused is layer else fused
    if is_replacement(component):  # it holds what it has replaced, or nothing, and may be fused already
        _compile_parts(component)
        return component
    return with_held(component, everything_fused)


def _compile_parts(component: Any) -> None:
    """Have the parts of a layer compiled that are between its products, for all such layers of the process."""
    for part in parts_of(component):
        if part.compiled is None:
            from glassnet_fusion.fused_function import FusedFunction

            part.compiled = FusedFunction(part.function, part.function)


def parts_of(component: Any) -> tuple[Compilable, ...]:
    """Return the functions between the products of a layer."""
    parts: tuple[Compilable, ...] = getattr(component, "parts", ())
    return parts


def _is_layer_alone(component: Any) -> bool:
    """Tell whether a component is a layer that holds none, has a derivative, and does more than to move its inputs."""
    from glassnet_fusion.fused_layer import FusedLayer

    if not isinstance(component, gn.Layer) or isinstance(component, gn.Activation | FusedLayer):
        return False
    if is_replacement(component) and replaced_exactly(component) is None:
        return False
    formula = replaced_exactly(component) or component
    is_itself = type(formula).as_layer is gn.Layer.as_layer and not formula.derives_backward
    return is_itself and not _only_moves(formula) and not layers_held_by(formula)


def _only_moves(layer: gn.Layer) -> bool:
    """Tell whether a layer gives all of its inputs in another shape."""
    for shape in _SHAPES if layer.output_type == "inputs" else ():
        try:
            return math.prod(layer.output_shape(shape)) == math.prod(shape)
        except gn.GlassnetError:
            continue
    return layer.output_type == "inputs"
