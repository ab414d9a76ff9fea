"""A batch in parts: if samples do not depend on each other, each core runs all layers on some of them.

Layers can share out their own work, but then each of them wakes a thread and waits for it, which takes as long as a
small layer.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.model.sequential import LayerSequence, WholeBatch
from glassnet.types import Array
from glassnet_parallel.thread_pool import parallel_for

if TYPE_CHECKING:
    from glassnet.components.context import Context
    from glassnet.model.model import Model

# With this number of elements between its layers, a part takes several times as long as waking a thread.
_NUMBERS = 1_000_000
# Each part has gradients of its own, which are added up: with this number of elements for each, that is little.
_NUMBERS_A_GRADIENT = 16
_MOST = 64


class Microbatches(WholeBatch):
    """Run layers forward and backward on a batch, in parts where that saves time.

    How many these are depends on the layers and the batch alone, not on the machine. The gradients of the parts are
    added in their order, so equal seeds give equal bytes on any number of cores.
    """

    def __init__(self, network: Model) -> None:
        super().__init__(network)
        self._numbers_a_sample = sum(map(math.prod, network.shapes))

    def count(self, sequence: LayerSequence, samples: int) -> int:
        """Return the number of parts in which `sequence` runs `samples`."""
        numbers = self._numbers_a_sample * samples
        most = min(numbers // _NUMBERS, samples, _MOST)
        if most < 2 or most * len(self.network.flat_parameters) * _NUMBERS_A_GRADIENT > numbers:
            return 1
        # A layer may write its state, which is one for all parts.
        return most if sequence.batch_independent and not self.network.state else 1

    def forward(self, sequence: LayerSequence, x: Array, ctx: Context) -> tuple[Array, list[Any]]:
        """Run all layers; the cache is the list of those of the parts."""
        views = self.network.parameter_views
        # First and not by super(), for the time of small networks.
        if self._numbers_a_sample * len(x) < 2 * _NUMBERS or (count := self.count(sequence, len(x))) == 1:
            output, cache = sequence.forward(views, x, ctx)
            return output, [cache]
        places = _places(len(x), count)
        outputs: list[Any] = [None] * len(places)
        caches: list[Any] = [None] * len(places)
        contexts = [ctx.part(part) for part in range(len(places))]

        def run(part: int, worker: int) -> None:
            outputs[part], caches[part] = sequence.forward(views, x[places[part]], contexts[part])

        parallel_for(len(places), run)
        masks = [part.mask for part in contexts if part.mask is not None]
        ctx.mask = np.concatenate(masks) if masks else None
        return np.concatenate(outputs), caches

    def backward(self, sequence: LayerSequence, caches: list[Any], dy: Array, ctx: Context) -> None:
        """Run all layers' backward, and fill the network's gradients."""
        network = self.network
        if len(caches) == 1:
            network.backward(sequence, caches[0], dy, ctx)
            return
        places = _places(len(dy), len(caches))
        gradients = ctx.buffer("gradients of parts", (len(caches), network.layout.gradient_size))
        contexts = [ctx.part(part) for part in range(len(places))]

        def run(part: int, worker: int) -> None:
            contexts[part].needs_input_grad = False
            grads = network.layout.gradient_views(gradients[part])
            sequence.backward(network.parameter_views, caches[part], dy[places[part]], grads, contexts[part])
            network.layout.add_up(gradients[part])

        parallel_for(len(places), run)
        gradients[:, : network.layout.size].sum(axis=0, out=network.gradients)


@lru_cache(maxsize=64)
def _places(samples: int, parts: int) -> list[slice]:
    """Return where each part's samples are; the first ones have one more where they cannot all have as many."""
    ends = [-(-samples * part // parts) for part in range(parts + 1)]
    return [slice(start, end) for start, end in itertools.pairwise(ends)]
