"""The stepper: hands an optimizer the network's parameters in the pieces that it works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.optimizer import Optimizer

if TYPE_CHECKING:
    from glassnet.network import Network

# Parameters, gradient, two slots and their temporaries at this length stay within a core's second-level cache.
CHUNK = 16384


class Stepper:
    """An optimizer at work on one network: its state vectors, and the pieces of every vector."""

    def __init__(self, optimizer: Optimizer, network: Network) -> None:
        self.optimizer = optimizer
        vector, gradients = network.vector, network.gradients
        self.slots = {name: np.zeros_like(vector) for name in optimizer.slots}
        self._pieces = []
        for cut, shape in _cuts(optimizer.works_on, network):
            state = {name: slot[cut].reshape(shape) for name, slot in self.slots.items()}
            self._pieces.append((vector[cut].reshape(shape), gradients[cut].reshape(shape), state))

    def step(self, lr: float, t: int) -> None:
        """Take step number `t`."""
        for p, g, state in self._pieces:
            self.optimizer.update(p, g, state, lr, t)


def _cuts(works_on: str, network: Network) -> list[tuple[slice, tuple[int, ...]]]:
    """Return the parts of the vector that one call of `update` each gets, and their shapes."""
    size = network.layout.size
    if works_on == "chunk":
        cuts = [slice(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)]
        return [(cut, (cut.stop - cut.start,)) for cut in cuts]
    if works_on == "tensor":
        return [(slice(piece.start, piece.stop), piece.parameter.shape) for piece in network.layout.pieces]
    return [(slice(0, size), (size,))]
