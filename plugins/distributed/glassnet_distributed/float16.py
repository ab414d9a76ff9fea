"""Gradients as 16-bit numbers: half the bytes."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from glassnet.types import Array
from glassnet_distributed.communicator import Communicator
from glassnet_distributed.compression import Compression


class Float16(Compression):
    """Sends gradients as float16, and adds them up in the type of the network.

    Each rank adds up one part of the vector, and sends the sum to the others: 2 (N - 1) / N vectors of half the bytes,
    as in a ring. The vector is scaled by a power of two, by its largest element of all ranks, so that nothing
    overflows. What rounding leaves out of a rank's gradient is added to its next one.

    Seide, Fu, Droppo, Li and Yu (2014), 1-Bit Stochastic Gradient Descent and its Application to Data-Parallel
    Distributed Training of Speech DNNs, Interspeech, section 3.
    """

    def sum(self, gradients: Array, ranks: Communicator, memory: SimpleNamespace) -> None:
        if ranks.size == 1:
            return
        if not hasattr(memory, "_left"):
            memory._left = np.zeros_like(gradients)
        gradients += memory._left
        largest = float(ranks.stack(np.array([np.abs(gradients).max(initial=0)])).max())
        if not 0 < largest < np.inf:  # zeros, or a gradient that ends the run
            ranks.sum(gradients)
            return
        # A power of two changes no digit. Sums of all ranks stay below the largest float16, 65,504.
        scale = gradients.dtype.type(2.0 ** min(math.floor(math.log2(32_768 / ranks.size / largest)), 126))
        part = -(-len(gradients) // ranks.size)
        sent = np.zeros((ranks.size, part), np.float16)
        sent.reshape(-1)[: len(gradients)] = gradients * scale
        memory._left[:] = gradients - sent.reshape(-1)[: len(gradients)].astype(gradients.dtype) / scale
        own = ranks.exchange(sent).astype(gradients.dtype).sum(axis=0)
        sums = ranks.stack(own.astype(np.float16)).reshape(-1)[: len(gradients)]
        gradients[:] = sums
        gradients /= scale
