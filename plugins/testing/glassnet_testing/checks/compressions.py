"""What holds for every compression of gradients."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_distributed.communicator import ONE_PROCESS, Communicator
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite
from glassnet_testing.tools.thread_ranks import on_ranks

_ELEMENTS, _STEPS = 103, 250


def gradients_of(rank: int, dtype: Any = np.float32) -> Array:
    """Return the gradient of a rank, of which some elements are much larger than others."""
    rng = np.random.default_rng(rank)
    drawn: Array = (rng.standard_normal(_ELEMENTS) * np.logspace(-3, 0, _ELEMENTS)).astype(dtype)
    return drawn


def use(compression: Any, seed: int) -> Iterator[Array]:
    """Sum the gradients of two ranks."""

    def work(ranks: Communicator) -> Array:
        gradients = gradients_of(ranks.rank + seed)
        compression.sum(gradients, ranks, SimpleNamespace())
        return gradients

    yield from on_ranks(2, work)


@check(hint="compute the sum from what all ranks sent, in the order of ranks")
def ranks_agree(subject: Subject) -> None:
    """All ranks end with the same bytes, in the type that they were given, on 2 ranks and on 3."""
    for example in subject.examples:
        for size, dtype in ((2, np.float32), (3, np.float64)):

            def work(ranks: Communicator, example: Any = example, dtype: Any = dtype) -> Array:
                memory = SimpleNamespace()
                for _ in range(3):
                    gradients = gradients_of(ranks.rank, dtype)
                    example.component.sum(gradients, ranks, memory)
                return gradients

            sums = on_ranks(size, work)
            if len({each.tobytes() for each in sums}) > 1:
                raise Failure(f"{example.text}, on {size} ranks", "the same bytes on all ranks", sums)


@check(hint="return early where ranks.size is 1, or sum a single row")
def one_rank_loses_nothing_in_the_end(subject: Subject) -> None:
    """With one rank, the sum over many steps is that of its gradients."""
    for example in subject.examples:
        memory, total = SimpleNamespace(), np.zeros(_ELEMENTS)
        for _ in range(_STEPS):
            gradients = gradients_of(0)
            example.component.sum(gradients, ONE_PROCESS, memory)
            total += gradients
        _compare(example.text, total / _STEPS, gradients_of(0))


@check(hint="add to a gradient what the step before did not send: memory._left")
def nothing_is_lost_in_the_end(subject: Subject) -> None:
    """What a step leaves out comes in later ones: the sum over many steps is that of all gradients."""
    for example in subject.examples:

        def work(ranks: Communicator, example: Any = example) -> Array:
            memory, total = SimpleNamespace(), np.zeros(_ELEMENTS)
            for _ in range(_STEPS):
                gradients = gradients_of(ranks.rank)
                example.component.sum(gradients, ranks, memory)
                total += gradients
            return total

        _compare(example.text, on_ranks(2, work)[0] / _STEPS, gradients_of(0) + gradients_of(1))


def _compare(text: str, mean: Array, expected: Array) -> None:
    if np.linalg.norm(mean - expected) > 0.1 * np.linalg.norm(expected):
        raise Failure(f"{text}, mean of {_STEPS} steps", expected, mean)


COMPRESSION_CHECKS = Suite((ranks_agree, one_rank_loses_nothing_in_the_end, nothing_is_lost_in_the_end), use)
