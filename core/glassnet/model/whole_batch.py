"""How layers are run on a batch: here all samples at once. A plugin may run them in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.context import Context
    from glassnet.model.sequential import LayerSequence


class WholeBatch:
    """Run layers forward and backward on all samples of a batch at once."""

    def __init__(self, network: Any) -> None:
        self.network = network

    def forward(self, sequence: LayerSequence, x: Array, ctx: Context) -> tuple[Array, list[Any]]:
        """Return the output, and the caches of the parts: here of one."""
        output, cache = sequence.forward(self.network.parameter_views, x, ctx)
        return output, [cache]

    def backward(self, sequence: LayerSequence, caches: list[Any], dy: Array, ctx: Context) -> None:
        """Run every layer's backward, and fill the network's gradients."""
        self.network.backward(sequence, caches[0], dy, ctx)
