"""The largest elements of a gradient alone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

import glassnet as gn
from glassnet.types import Array
from glassnet_distributed.communicator import Communicator
from glassnet_distributed.compression import Compression


class TopK(Compression):
    """Sends the part of a rank's gradient that is largest in magnitude, with the places of its elements.

    What is not sent is added to the rank's next gradient, so that small elements travel later and none is lost.

    Lin, Han, Mao, Wang and Dally (2018), Deep Gradient Compression: Reducing the Communication Bandwidth for
    Distributed Training, ICLR, arXiv:1712.01887; Stich, Cordonnier and Jaggi (2018), Sparsified SGD with Memory,
    NeurIPS, arXiv:1809.07599.
    """

    fraction: float = gn.option(0.01, gt=0, le=1, help="part of the elements that is sent")

    def sum(self, gradients: Array, ranks: Communicator, memory: SimpleNamespace) -> None:
        if ranks.size == 1:
            return
        if not hasattr(memory, "_left"):
            memory._left = np.zeros_like(gradients)
        gradients += memory._left
        count = max(1, round(self.fraction * len(gradients)))
        largest = np.argpartition(np.abs(gradients), -count)[-count:] if count < len(gradients) else np.arange(count)
        places, values = np.sort(largest).astype(np.int64), np.empty(count, gradients.dtype)
        values[:] = gradients[places]
        memory._left[:] = gradients
        memory._left[places] = 0
        all_places, all_values = ranks.stack(places), ranks.stack(values)
        gradients[:] = 0
        for where, added in zip(all_places, all_values, strict=True):
            gradients[where] += added
