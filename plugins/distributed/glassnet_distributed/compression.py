"""The base class of compressions: how gradients travel between the ranks."""

from __future__ import annotations

from types import SimpleNamespace

import glassnet as gn
from glassnet.types import Array
from glassnet_distributed.communicator import Communicator


class Compression(gn.Component):
    """Replaces a vector of gradients by the sum over all ranks, up to what the compression leaves out.

    Every rank has to end with the same bytes: it computes the sum from what all ranks sent, in the order of ranks.
    """

    kind = "compression"

    def sum(self, gradients: Array, ranks: Communicator, memory: SimpleNamespace) -> None:
        """Put the sum over all ranks into `gradients`.

        Parameters
        ----------
        gradients
            Those of this rank, multiplied by the weight of its samples.
        ranks
            What sends: `exchange` and `stack` send any type of elements, `sum` those of the network.
        memory
            Where to keep what the next step needs, such as what was left out. It begins empty when a run is continued.
        """
        raise NotImplementedError(f"{type(self).__name__} needs sum()")
