"""What is fused of a component, and why the rest is left to NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_fusion.choice import everything_fused, parts_of
from glassnet_fusion.formula import formula_of
from glassnet_fusion.fused_activation import FusedActivation, backward_of, forward_of
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.fused_layer import FusedLayer, fusion_of_layer
from glassnet_fusion.fused_loss import FusedLoss, both_of, takes_the_mean
from glassnet_fusion.fused_optimizer import FusedOptimizer, update_of
from glassnet_fusion.fused_parameter import FusedConstraint, FusedRegularizer, gradient_of, projection_of
from glassnet_fusion.fused_update import FusedUpdate
from glassnet_fusion.layer_reasons import fusion_of_layer_class
from glassnet_machine_code.installed import is_installed

_FUSED = FusedOptimizer | FusedActivation | FusedLoss | FusedLayer | FusedRegularizer | FusedConstraint
_SAMPLES, _FEATURES, _PARAMETERS = 128, 64, 65_536


def fused_parts(component: Any) -> dict[str, str]:
    """Return the parts of a component that the fuser has been given, each with the reason if NumPy computes it.

    Parameters
    ----------
    component
        A fused component, or one that holds fused ones.

    Returns
    -------
    dict
        Such as ``{"relu forward": "NumPy computes it in one pass", "relu backward": ""}``.
    """
    found: dict[str, str] = {}
    for one in _components_in(component):
        for name, part in _parts(one).items():
            if part.was_asked:
                # A profiler has some steps taken by NumPy.
                found[name] = "" if part.has_run else part.last_reason
    return found


def _parts(component: Any) -> dict[str, FusedFunction | FusedUpdate]:
    if isinstance(component, FusedOptimizer):
        return {f"{_title(component.optimizer)} update": update_of(component.optimizer)}
    if isinstance(component, FusedActivation):
        title, inside = _title(component.activation), component.activation
        return {f"{title} forward": forward_of(inside), f"{title} backward": backward_of(inside)}
    if isinstance(component, FusedLayer):
        return _parts_of_layer(component.layer)
    if isinstance(component, FusedLoss):
        return {f"{_title(component.loss)} value and gradient": both_of(component.loss)}
    if isinstance(component, FusedRegularizer):
        return {f"{_title(component.regularizer)} gradient": gradient_of(component.regularizer)}
    if isinstance(component, FusedConstraint):
        return {f"{_title(component.constraint)} projection": projection_of(component.constraint)}
    compiled = {part.name: part.compiled for part in parts_of(component)}
    return {f"{_title(component)} {name.replace('_', ' ')}": each for name, each in compiled.items() if each}


def _parts_of_layer(layer: gn.Layer) -> dict[str, FusedFunction | FusedUpdate]:
    """Return the functions of a layer in passes that train it."""
    title = _title(layer)
    parts: dict[str, FusedFunction | FusedUpdate] = {}
    for needs_input_grad in (False, True):
        functions = fusion_of_layer(layer, True, True, needs_input_grad)
        parts |= {f"{title} forward": each for each, _ in functions.forwards.values()}
        parts |= {f"{title} backward": each for each in functions.backwards.values()}
    return parts


def _components_in(value: Any) -> list[Any]:
    """Return the fused components in a component, and in what it holds."""
    if isinstance(value, _FUSED) or _has_compiled_parts(value):
        return [value]
    held = value.options.values() if isinstance(value, gn.Component) else value if isinstance(value, tuple) else ()
    return [one for each in held for one in _components_in(each)]


def _has_compiled_parts(value: Any) -> bool:
    return isinstance(value, gn.Layer) and any(part.compiled is not None for part in parts_of(value))


def fused_names(component: Any) -> list[str]:
    """Return the names of the components that are given to the fuser, of a fused component or what it holds."""
    return [_title(one) for one in _components_in(component)]


def _title(component: gn.Component) -> str:
    """Return the name of a component; of what stands for one, the name of that one."""
    if registry.entry_of(type(component)) is None:
        for held in formula_of(component).options.values():
            if isinstance(held, gn.Component):
                return _title(held)
    return type(formula_of(component)).title()


def fusion_of(kind: str, component: type[gn.Component]) -> str:
    """Return in a few words what would be fused of a component with its default options; nothing of other kinds."""
    if kind not in ("layer", "optimizer", "activation", "loss", "regularizer", "constraint"):
        return ""
    if not is_installed():
        return 'no: it needs llvmlite; pip install "glassnet[fast]"'
    try:
        if kind == "layer":
            return fusion_of_layer_class(component)
        reasons = _tried(everything_fused(component()))
    except Exception as error:  # it has to be given options, or targets of another form
        return f"not known: {error}"
    if not reasons:
        return "no: it computes in a way of its own"
    return "; ".join(f"{part}: {reason or 'yes'}" for part, reason in reasons.items())


def _tried(fused: Any) -> dict[str, str]:
    """Try the parts of a component on arrays of ones."""
    x = np.ones((_SAMPLES, _FEATURES), np.float32)
    if isinstance(fused, FusedActivation):
        forward, backward = forward_of(fused.activation), backward_of(fused.activation)
        return {"forward": forward.reason(x), "backward": backward.reason(x, x, x)}
    if isinstance(fused, FusedRegularizer):
        return {"gradient": gradient_of(fused.regularizer).reason(x, x)}
    if isinstance(fused, FusedConstraint):
        return {"projection": projection_of(fused.constraint).reason(x)}
    if isinstance(fused, FusedOptimizer):
        return {"update": update_of(fused.optimizer).reason_for(np.ones(_PARAMETERS, np.float32))}
    if isinstance(fused, FusedLoss) and takes_the_mean(fused.loss):
        targets = np.zeros(_SAMPLES, np.int64) if "labels" in fused.loss.target_types else x
        return {"value and gradient": both_of(fused.loss).reason(x, targets)}
    return {}
