"""A layer that notes its arrays while a step is taken."""

from __future__ import annotations

import contextlib
from typing import Any

import glassnet as gn
from glassnet_autodiff.tree import named_leaves
from glassnet_explanations.arithmetic.traced import traced


class RecordedLayer(gn.LayerWrapper):
    """Does what its layer does, and keeps copies of what goes in and out, forward and backward."""

    values: Any = gn.option(help="where the input and the output go")
    gradients: Any = gn.option(help="where their gradients go")
    tapes: Any = gn.option(help="a list that gets the record of the arithmetic")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        self.values["input"] = x.copy()
        with contextlib.suppress(gn.TracingError):
            self.tapes.append(traced(self.layer, params, x, ctx))
        y, cache = super().forward(params, x, ctx)
        self.values["output"] = y.copy()
        return y, cache

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        self.gradients["output"] = dy.copy()
        dx = super().backward(params, cache, dy, grads, ctx)
        # Of a layer in several places, each place has gradients of its own.
        self.gradients.update({name: array.copy() for name, array in named_leaves(grads).items()})
        if dx is not None and self.values["input"].dtype.kind == "f":
            self.gradients["input"] = dx.copy()
        return dx
