"""The base class of layers that take another layer's place."""

from __future__ import annotations

from typing import Any

from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.parameter import ParameterTree
from glassnet.options.declaration import option, options_of
from glassnet.types import Array, Shape


class LayerWrapper(Layer):
    """Is to all others what its layer is; a subclass overrides what it does in another way."""

    layer: Layer = option(kind="layer", help="whose place it takes")

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

    def output_shape(self, shape: Shape) -> Shape:
        return self.layer.output_shape(shape)

    def parameters(self, shape: Shape) -> ParameterTree:
        return self.layer.parameters(shape)

    def state(self, shape: Shape) -> Arrays:
        return self.layer.state(shape)

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        y, cache = self.layer.forward(params, x, ctx)
        return y, cache

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        dx: Array | None = self.layer.backward(params, cache, dy, grads, ctx)
        return dx


def layers_held_by(member: Layer) -> dict[str, Any]:
    """Return the options of `member` that hold layers."""
    return {
        name: value
        for name, value in member.options.items()
        if options_of(type(member))[name].metadata["option"].kind == "layer" and value is not None
    }
