"""Sequential: layers one after another, as one layer."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import glassnet as gn


class Sequential(gn.Layer):
    """Runs its layers one after another: a branch of several layers, where one layer is wanted.

    ``concat([dense(8), sequential([dense(4), relu, dense(8)])])`` has two branches, the second of them three
    layers deep. Parameters are named by place: ``"0.1.2.weights"`` is what the last of them has, if the concat is
    the network's first layer.

    Source: by definition.

    Shapes
    ------
    input
        what the first of its layers takes
    output
        what the last of its layers gives

    Raises
    ------
    ShapeError
        When a layer does not take what the one before it gives.
    """

    layers: tuple[gn.Layer, ...] = gn.option(kind="layer", many=True, help="what is run, in order")

    examples = ("sequential([dense(3), tanh])", ("sequential([embedding(5, 3), tanh])", (4,)))
    formula = "y = f_n(… f_2(f_1(x)))"
    gradient_formula = "dx = f_1'(… f_n'(dy)), last layer first"

    def __attrs_post_init__(self) -> None:
        if not self.layers:
            raise gn.OptionError(
                "sequential: layers must hold at least one layer (got []), as in sequential([dense(8), relu])"
            )

    @cached_property
    def _sequence(self) -> gn.LayerSequence:
        return gn.LayerSequence(self.layers)

    @property
    def integer_input(self) -> bool:
        return self._sequence.layers[0].integer_input

    @property
    def batch_independent(self) -> bool:
        return self._sequence.batch_independent

    @property
    def reads_mask(self) -> bool:
        return self._sequence.reads_mask

    @property
    def output_type(self) -> str:
        return gn.outputs_of(self.layers)[0]

    @property
    def output_range(self) -> tuple[float, float]:
        return gn.outputs_of(self.layers)[1]

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return self._sequence.output_shape(shape)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return self._sequence.parameters(shape)

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return self._sequence.state(shape)

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return self._sequence.forward(params, x, ctx)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        return self._sequence.backward(params, cache, dy, grads, ctx)
