"""Residual: adds its input to the output of its layers."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import glassnet as gn
from glassnet_layers.merge_masks import merge_masks


class Residual(gn.Layer):
    """Adds its input to the output of its layers, applied one after another.

    The layers have to learn only what is to change, and the gradient finds a way past them.

    He, Zhang, Ren and Sun (2016), Deep Residual Learning for Image Recognition, CVPR, arXiv:1512.03385.

    Shapes
    ------
    input, output
        ``(batch, …)``; the layers have to keep this shape

    The layers' parameters are named by place: ``"2.0.weights"`` is what the first of them has, if the residual is
    layer 2 of the network.

    Raises
    ------
    ShapeError
        When the layers give another shape than they are given.
    """

    layers: tuple[gn.Layer, ...] = gn.option(kind="layer", many=True, help="what is added to x")

    examples = (("residual([dense(5), tanh, dense(4)])", (4,)), "residual([tanh])")
    formula = "y = x + f(x),  f = all layers, one after another"
    gradient_formula = "dx = dy + f'(dy)"

    def __attrs_post_init__(self) -> None:
        if not self.layers:
            raise gn.OptionError(
                "residual: layers must hold at least one layer (got []), as in residual([dense(8), relu])"
            )

    @cached_property
    def _sequence(self) -> gn.LayerSequence:
        return gn.LayerSequence(self.layers)

    @property
    def batch_independent(self) -> bool:
        return self._sequence.batch_independent

    @property
    def reads_mask(self) -> bool:
        return self._sequence.reads_mask

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        made = self._sequence.output_shape(shape)
        if made != tuple(shape):
            raise gn.ShapeError(
                f"its layers make {made} of {tuple(shape)}, and only equal shapes can be added; "
                "let the last of its layers give the shape of its input"
            )
        return shape

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return self._sequence.parameters(shape)

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return self._sequence.state(shape)

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        mask = ctx.mask
        change, caches = self._sequence.forward(params, x, ctx)
        ctx.mask = merge_masks([mask, ctx.mask])
        return x + change, caches

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        dx = self._sequence.backward(params, cache, dy, grads, ctx)
        if dx is None or not ctx.needs_input_grad:
            return None
        return dy + dx
