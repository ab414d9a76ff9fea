"""A layer in another one's place."""

from __future__ import annotations

from typing import Any

from glassnet.components.activation import Activation
from glassnet.components.declaration import option, options_of
from glassnet.components.layer import Arrays, Layer
from glassnet.components.parameter import ParameterTree
from glassnet.types import Shape


class LayerStandIn(Layer):
    """Is to all others what its layer is; a subclass says how forward and backward are computed."""

    layer: Layer = option(kind="layer", help="whose place it takes")

    # Read from an instance, and there alone.
    accepts_integers = property(lambda self: self.layer.accepts_integers)
    keeps_samples_apart = property(lambda self: self.layer.keeps_samples_apart)
    keeps_steps = property(lambda self: self.layer.keeps_steps)
    reads_mask = property(lambda self: self.layer.reads_mask)

    def output_shape(self, shape: Shape) -> Shape:
        return self.layer.output_shape(shape)

    def parameters(self, shape: Shape) -> ParameterTree:
        return self.layer.parameters(shape)

    def state(self, shape: Shape) -> Arrays:
        return self.layer.state(shape)


def layers_held_by(member: Layer | Activation) -> dict[str, Any]:
    """Return the options of `member` that hold layers."""
    return {
        name: value
        for name, value in member.options.items()
        if options_of(type(member))[name].metadata["option"].kind == "layer" and value is not None
    }
