"""Prediction: a network's outputs, in blocks of samples that cores share between them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.components.arrays import row_blocks
from glassnet.data.validation import are_finite, check_finite
from glassnet.registry.plugins import executor
from glassnet.support.executor import serial_for
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.data.preparation import InputCaster
    from glassnet.model.model import Model

# Where nothing is trained, results do not depend on the batch size; this one keeps activations in the cache.
ROWS_AT_ONCE = 512
# With this number of multiplications, other threads are worth waking.
_SHARED = 5_000_000


def predict(network: Model, new_converter: Callable[[], InputCaster], inputs: Any, outputs: Any) -> bool:
    """Fill `outputs` with the network's outputs for `inputs`; both may be in files. Return whether all are finite.

    Each thread converts samples by a converter of its own, since a converter has a buffer.

    Raises
    ------
    DataError
        When there is NaN or infinity in `inputs`; some of `outputs` may be filled by then.
    """

    def fill(read: Array, start: int, block: int, worker: int) -> None:
        first = block * ROWS_AT_ONCE
        samples = read[first : first + ROWS_AT_ONCE]
        if not are_finite(samples):  # looked at just before they are used, they are read from memory once
            check_finite(inputs, "x")
        x = converters[worker](samples)
        with network.workspace(training=False) as ctx:
            y, _ = sequence.forward(network.parameter_views, x, ctx)
            outputs[start + first : start + first + len(y)] = y
            if not are_finite(y):
                bad_blocks.append(block)

    bad_blocks: list[int] = []
    sequence = network.prepared_sequence
    converters = [new_converter() for _ in range(executor().num_workers(len(inputs)))]
    for_each = executor().parallel_for if len(network.flat_parameters) * len(inputs) >= _SHARED else serial_for
    for block in row_blocks(inputs, ROWS_AT_ONCE):
        read = np.asarray(inputs[block])
        for_each(math.ceil(len(read) / ROWS_AT_ONCE), partial(fill, read, block.start))
    return not bad_blocks
