"""glassnet on sequences."""

from __future__ import annotations

import numpy as np

from benchmarks.cases import Case, Samples
from benchmarks.peers.ours import Glassnet, PlainGlassnet, network_of


def first_parameters(case: Case) -> dict[str, np.ndarray]:
    """Return the parameters from which every peer starts, by glassnet's names."""
    return {name: array.copy() for name, array in network_of(case).parameters.items()}


class SequenceGlassnet(Glassnet):
    """glassnet with the accelerators that it finds."""

    def __init__(self, case: Case, samples: Samples, first: dict[str, np.ndarray]) -> None:
        super().__init__(case, samples, [])
        self.first = first

    def start(self) -> None:
        parameters = self.network.parameters
        for name, array in self.first.items():
            parameters[name][...] = array
        self.network.counts.epochs = self.network.counts.steps = 0


class PlainSequenceGlassnet(PlainGlassnet, SequenceGlassnet):
    """glassnet without the accelerators that need more than NumPy."""
