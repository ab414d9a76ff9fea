"""A layer that holds an initializer and a constraint: what these are used by."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.parameter import Constraint, Initializer, Parameter, ParameterTree, Regularizer
from glassnet.options.declaration import option
from glassnet.types import Array, Shape


class KitHolder(Layer):
    """A matrix product whose weights have the component under test."""

    units: int = option(3, ge=1, help="number of outputs")
    initializer: Initializer | None = option(None, kind="initializer", help="first values")
    constraint: Constraint | None = option(None, kind="constraint", help="what the values keep to")
    regularizer: Regularizer | None = option(None, kind="regularizer", help="penalty")

    def output_shape(self, shape: Shape) -> Shape:
        return (self.units,)

    def parameters(self, shape: Shape) -> ParameterTree:
        weights = Parameter(
            (shape[0], self.units),
            initializer=self.initializer or "glorot_uniform",
            constraint=self.constraint,
            regularizer=self.regularizer,
        )
        return {"weights": weights}

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        return x @ params["weights"], x

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array:
        np.matmul(cache.T, dy, out=grads["weights"])
        dx: Array = dy @ params["weights"].T
        return dx


class KitBowl(Layer):
    """A layer that is all parameters: what an optimizer is tried on."""

    sizes: tuple[tuple[int, ...], ...] = option(help="shapes of the parameters")
    apart: bool = option(False, help="whether something that is not trained lies between the parameters")

    def parameters(self, shape: Shape) -> ParameterTree:
        tree: ParameterTree = {}
        for number, size in enumerate(self.sizes):
            tree[str(number)] = Parameter(size, initializer="zeros")
            if self.apart:
                tree[f"between{number}"] = Parameter((1,), initializer="zeros", trainable=False)
        return tree
