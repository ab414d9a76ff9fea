"""A layer in another one's place."""

from __future__ import annotations

import glassnet as gn


class LayerStandIn(gn.Layer):
    """Is to all others what its layer is; a subclass says how it calls the layer's forward and backward."""

    layer: gn.Layer = gn.option(kind="layer", help="whose place it takes")

    # Read from an instance, and there alone.
    accepts_integers = property(lambda self: self.layer.accepts_integers)
    keeps_samples_apart = property(lambda self: self.layer.keeps_samples_apart)

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return self.layer.output_shape(shape)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return self.layer.parameters(shape)

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return self.layer.state(shape)
