"""The base class of layers that take another layer's place."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class LayerWrapper(gn.Layer):
    """Is to all others what its layer is; a subclass overrides what it does in another way."""

    layer: gn.Layer = gn.option(kind="layer", help="whose place it takes")

    def __attrs_post_init__(self) -> None:
        for name in ("trainable", "lr_scale", "freeze"):
            object.__setattr__(self, name, getattr(self.layer, name))

    @property
    def integer_input(self) -> bool:
        return self.layer.integer_input

    @property
    def batch_independent(self) -> bool:
        return self.layer.batch_independent

    @property
    def keeps_steps(self) -> bool:
        return self.layer.keeps_steps

    @property
    def reads_mask(self) -> bool:
        return self.layer.reads_mask

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return self.layer.output_shape(shape)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return self.layer.parameters(shape)

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return self.layer.state(shape)

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        y, cache = self.layer.forward(params, x, ctx)
        return y, cache

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        dx: gn.Array | None = self.layer.backward(params, cache, dy, grads, ctx)
        return dx
