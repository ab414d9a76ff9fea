"""Linear layers in a row: two layers with nothing between them that bends compute what one could."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.structure import Placed, chain_of, shapes_in

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

_PAIRS = 16


class LinearLayersInARow(gn.Rule):
    """Finds layers with weights between which no activation is.

    Each layer is tried with random numbers: it is linear if the output halfway between two inputs is halfway between
    their outputs.
    """

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 6.1"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        network = case.network.copy(dtype="float64")
        chain = list(chain_of(network.layers))
        before: Placed | None = None
        for placed, shape in zip(chain, shapes_in(chain, network.input_shape), strict=True):
            if not _is_linear(network, placed, shape):
                before = None
            elif any(len(piece.shape) > 1 for piece in _arrays(network, placed)):
                if before is not None:
                    yield self.finding(
                        0.9,
                        f"layers {before.text} and {placed.text}",
                        "both are linear with nothing between them that bends, so together they do what one could",
                        f"put an activation such as relu behind layer {before.place}, or leave one of them out",
                        layers=2,
                        weights_of_first=sum(each.size for each in _arrays(network, before)),
                    )
                before = placed


def _arrays(network: gn.Network, placed: Placed) -> list[gn.Array]:
    return [array for name, array in network.parameters.items() if name.startswith(f"{placed.place}.")]


def _is_linear(network: gn.Network, placed: Placed, shape: gn.Shape) -> bool:
    if placed.layer.integer_input or math.prod(shape) > 100_000:
        return False
    x = np.random.default_rng(0).normal(scale=3, size=(2 * _PAIRS, *shape))
    x = np.concatenate([x, (x[:_PAIRS] + x[_PAIRS:]) / 2])
    try:
        with network.workspace(training=False) as ctx, np.errstate(all="ignore"):
            params = network.parameter_views
            for key in placed.place.split("."):
                params, ctx = params.get(key, {}), ctx.child(key)
            y, _ = placed.layer.as_layer().forward(params, x, ctx)
            y = np.array(y)
    except Exception:  # a layer that does not take such numbers is not one that only multiplies and adds
        return False
    a, b, between = y[:_PAIRS], y[_PAIRS : 2 * _PAIRS], y[2 * _PAIRS :]
    return bool(np.allclose((a + b) / 2, between, rtol=1e-6, atol=1e-9 + 1e-6 * float(np.max(np.abs(y)))))
