"""The layer scale: a factor for each feature."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class Scale(gn.Layer):
    """Multiplies each feature with a factor that is trained: the network learns which inputs matter.

    Perez et al. (2018), FiLM: Visual Reasoning with a General Conditioning Layer, arXiv:1709.07871, without the
    condition and the offset.

    Shapes
    ------
    input, output
        ``(batch, ..., features)``
    factors
        ``(features,)``
    """

    formula = "y = x factors"
    gradient_formula = "dfactors = sum of dy x,  dx = dy factors"

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return {"factors": gn.Parameter(shape[-1:], initializer="ones")}

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return x * params["factors"], x

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        x = cache
        grads["factors"][...] = (dy * x).sum(axis=tuple(range(x.ndim - 1)))
        return dy * params["factors"] if ctx.needs_input_grad else None
