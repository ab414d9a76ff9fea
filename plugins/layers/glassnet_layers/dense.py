"""Dense: every output reads every input."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Dense(gn.Layer):
    """A fully connected layer: a matrix product, plus a bias.

    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
    Goodfellow, Bengio and Courville (2016), Deep Learning, section 6.5.

    Shapes
    ------
    input
        ``(batch, features)``
    output
        ``(batch, units)``
    weights
        ``(features, units)``: one column a unit
    bias
        ``(units,)``, zeros at first

    Raises
    ------
    ShapeError
        When a sample is not a row of features.
    """

    units: int = gn.option(ge=1, help="number of outputs")
    weights: gn.Initializer | None = gn.option(
        None, kind="initializer", help="first values of the weights; by default what suits the activation that follows"
    )
    bias: bool = gn.option(True, help="whether to add a bias")
    regularizer: gn.Regularizer | None = gn.option(None, kind="regularizer", help="penalty on this layer's parameters")

    formula = "y = x W + b"
    gradient = "dW = x^T dy,  db = sum over the batch of dy,  dx = dy W^T"

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        if len(shape) != 1:
            got = ", ".join(["batch", *map(str, shape)])
            raise gn.ShapeError(f"expected (batch, features), got ({got}); put flatten in front of it")
        return (self.units,)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        (features,) = shape
        described: gn.ParameterTree = {
            "weights": gn.Parameter(
                (features, self.units),
                initializer=self.weights,
                fallback="glorot_uniform",
                regularizer=self.regularizer,
            )
        }
        if self.bias:
            described["bias"] = gn.Parameter(
                (self.units,), initializer="zeros", regularizer=self.regularizer, is_bias=True
            )
        return described

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        y = np.matmul(x, params["weights"], out=ctx.empty("y", (len(x), self.units)))
        if self.bias:
            y += params["bias"]
        return y, x

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        x = cache
        np.matmul(x.T, dy, out=grads["weights"])
        if self.bias:
            dy.sum(axis=0, out=grads["bias"])
        if not ctx.needs_input_grad:
            return None
        return np.matmul(dy, params["weights"].T, out=ctx.empty("dx", x.shape))
