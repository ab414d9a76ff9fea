"""Dense: every output reads every input."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class Dense(gn.Layer):
    """A fully connected layer: a matrix product, plus a bias. Of a sequence, it does so to each time step.

    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
    Goodfellow, Bengio and Courville (2016), Deep Learning, section 6.5.

    Shapes
    ------
    input
        ``(batch, features)`` or ``(batch, time, features)``
    output
        ``(batch, units)`` or ``(batch, time, units)``
    weights
        ``(features, units)``: one column a unit
    bias
        ``(units,)``, zeros at first

    Raises
    ------
    ShapeError
        When a sample is neither a row of features nor a sequence of such rows. For the channels of an image, take a
        convolution with a kernel of size 1.
    """

    units: int = gn.option(ge=1, help="number of outputs")
    weight_init: gn.Initializer | None = gn.option(
        None, kind="initializer", help="first values of the weights; by default what suits the activation that follows"
    )
    bias: bool = gn.option(True, help="whether to add a bias")
    regularizer: gn.Regularizer | None = gn.option(None, kind="regularizer", help="penalty on this layer's parameters")
    constraint: gn.Constraint | None = gn.option(None, kind="constraint", help="what the weights have to keep to")

    batch_independent = True
    examples = ("dense(3)", "dense(2, bias=False)", ("dense(2)", (3, 4)))
    formula = "y = x W + b"
    gradient_formula = "dW = x^T dy,  db = sum over the batch of dy,  dx = dy W^T"

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        if len(shape) not in (1, 2):
            got = ", ".join(["batch", *map(str, shape)])
            raise gn.ShapeError(
                f"expected (batch, features) or (batch, time, features), got ({got}); put flatten in front of it"
            )
        return (*shape[:-1], self.units)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        features = shape[-1]
        described: gn.ParameterTree = {
            "weights": gn.Parameter(
                (features, self.units),
                initializer=self.weight_init,
                default_initializer="glorot_uniform",
                regularizer=self.regularizer,
                constraint=self.constraint,
            )
        }
        if self.bias:
            described["bias"] = gn.Parameter(
                (self.units,), initializer="zeros", regularizer=self.regularizer, is_bias=True
            )
        return described

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        y = x @ params["weights"]
        return y + params["bias"] if self.bias else y, x

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        x, dy_rows = cache, dy.reshape(-1, self.units)
        grads["weights"][...] = x.reshape(len(dy_rows), -1).T @ dy_rows
        if self.bias:
            grads["bias"][...] = dy_rows.sum(axis=0)
        dx: gn.Array = dy @ params["weights"].T
        return dx
