"""What a moment of a recording costs beside the steps of the training.

It is estimated from sizes: by a clock, the same training would be recorded differently each time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from glassnet_plots.recording.sample import MOST_PREDICTED, MOST_SAMPLES

if TYPE_CHECKING:
    from glassnet.model.model import Model

_LEAST_MOMENTS, _MOST_MOMENTS = 6, 64
# What all moments may take: a part of the training, or seconds, whichever is more. Measured, it is about twice as much.
_SHARE, _SECONDS = 0.025, 0.1
# A moment takes at least this time, and at least as long as this number of steps.
_SECONDS_OF_PYTHON, _STEPS_OF_PYTHON = 0.0015, 3
_MULTIPLICATIONS_A_SECOND = 1e10
# Samples that go forward in a moment: backward takes twice as long.
_WORK = 3 * MOST_SAMPLES + MOST_PREDICTED


def affordable_moments(network: Model, batch_size: int, steps: int) -> int:
    """Return the number of moments that take a small part of a training.

    Parameters
    ----------
    network
        What is trained.
    batch_size, steps
        Of the whole training; 0 steps if their number is not known.
    """
    if not steps:
        return _MOST_MOMENTS
    by_share = _SHARE * steps / (_WORK / (3 * batch_size) + _STEPS_OF_PYTHON)
    by_time = _SECONDS / (_SECONDS_OF_PYTHON + _WORK * _multiplications(network) / _MULTIPLICATIONS_A_SECOND)
    return int(min(max(by_share, by_time, _LEAST_MOMENTS), _MOST_MOMENTS))


def _multiplications(network: Model) -> int:
    """Return about how many multiplications a sample takes: each weight is used once at each place of the output."""
    sizes = dict.fromkeys(range(len(network.layers)), 0)
    for slice_ in network.layout.slices:
        sizes[int(slice_.name.split(".")[0])] += slice_.parameter.size
    return sum(
        size * max(math.prod(network.shapes[index][:-1]), math.prod(network.shapes[index + 1][:-1]))
        for index, size in sizes.items()
    )
