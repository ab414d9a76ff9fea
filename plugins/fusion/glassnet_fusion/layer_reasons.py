"""What would be fused of a layer with its default options, found by a pass through it."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_accelerators.accelerator import bracketed
from glassnet_accelerators.choice import always_faster, is_replacement
from glassnet_fusion.choice import everything_fused, parts_of
from glassnet_fusion.fused_layer import FusedLayer, fusion_of_layer
from glassnet_fusion.programs import finish_compiling

# Enough that NumPy is not as fast, of few features too.
_SAMPLES = 2048
_FEATURES = (64,)
_OWN = "glassnet_fusion."


def fusion_of_layer_class(component: type[gn.Component]) -> str:
    """Return in a few words what is fused of a layer in a run that is long enough."""
    entry = registry.entry_of(component)
    names = [each.name for each in registry.entries("accelerator") if entry is not None and _is_ours(each, entry)]
    if names:
        return f"yes, by the accelerator {names[0]}"
    layer, shape = _example(component)
    fast = always_faster(layer, registry.version)
    fused = everything_fused(fast)
    if parts_of(fast):
        return f"between its products: {', '.join(part.name.replace('_', ' ') for part in parts_of(fast))}"
    if not isinstance(fused, FusedLayer):
        by_hand = "no: its accelerator is written by hand"
        return by_hand if is_replacement(fast) else "no: it holds layers, or moves its inputs"
    return _tried(fused, shape)


def _example(component: Any) -> tuple[Any, gn.Shape]:
    """Return a layer of a class, and the shape of one sample that it takes."""
    for example in getattr(component, "examples", ()):
        spec, shape = (example, _FEATURES) if isinstance(example, str) else example[:2]
        return gn.create("layer", spec), shape
    return component(), _FEATURES


def _is_ours(accelerator: Any, entry: Any) -> bool:
    meant_for = f"layer.{entry.distribution}.{entry.name}"
    return accelerator.target.startswith(_OWN) and bracketed(accelerator) == meant_for


def _tried(fused: FusedLayer, shape: gn.Shape) -> str:
    """Pass ones through a layer, forward and backward, and return what was compiled of it."""
    network = gn.Network([fused]).build(shape, seed=0)
    x = np.ones((_SAMPLES, *network.input_shape), np.float32)
    for _ in range(2):
        with network.workspace(training=True) as ctx:
            ctx.needs_input_grad = True
            _, caches = network.sequence.forward(network.parameter_views, x, ctx)
            dy = np.ones((_SAMPLES, *network.output_shape), np.float32)
            network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)
        finish_compiling()
    functions = fusion_of_layer(fused.layer, True, True, True)
    forwards = [function.last_reason or "yes" for function, _ in functions.forwards.values()]
    backwards = [function.last_reason or "yes" for function in functions.backwards.values()]
    return "; ".join([*(f"forward: {each}" for each in forwards), *(f"backward: {each}" for each in backwards)])
