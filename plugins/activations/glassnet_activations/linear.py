"""Linear: leaves everything as it is."""

from __future__ import annotations

import glassnet as gn


class Linear(gn.Activation):
    """The identity. It says in a list of layers that no activation is wanted.

    Source: by definition.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    formula = "y = x"
    gradient_formula = "dx = dy"

    def forward(self, x: gn.Array) -> gn.Array:
        return x

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        return dy
