"""Layers that note their outputs: a network is run with each layer in one, those within other layers too."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class WatchedLayer(gn.LayerWrapper):
    """Does what its layer does, and keeps a copy of the output under the layer's name."""

    outputs: Any = gn.option(help="a dictionary for the outputs")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        y, cache = self.layer.forward(params, x, ctx)
        self.outputs[ctx.path] = y.copy()
        return y, cache


def watched(layer: gn.Layer, outputs: dict[str, gn.Array]) -> gn.Layer:
    """Return a layer that computes as `layer` does; it and all layers within it note their outputs."""

    def inside(value: Any) -> Any:
        return [watched(each, outputs) for each in value] if isinstance(value, tuple) else watched(value, outputs)

    held = {name: inside(value) for name, value in gn.layers_held_by(layer).items()}
    computing = (layer.replace(**held) if held else layer).as_layer()
    return WatchedLayer(computing, outputs, trainable=layer.trainable, lr_scale=layer.lr_scale)
