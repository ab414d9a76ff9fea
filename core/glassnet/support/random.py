"""Random numbers: every use has a stream of its own, made from the seed, a name and a count.

Nothing depends on the order in which streams are used, and a run can be taken up at any step by naming its
count. The generator is Philox, which is counter-based: a stream is a key, and a count is a place in it.
Salmon, Moraes, Dror and Shaw (2011), Parallel Random Numbers: As Easy as 1, 2, 3.
"""

from __future__ import annotations

import hashlib
from typing import Any

import attrs
import numpy as np


@attrs.define
class Counts:
    """How far the streams of a network are used, over all of its runs.

    Attributes
    ----------
    epochs
        Epochs begun: the next one draws its order with this count.
    steps
        Steps taken: the next one draws for its layers and callbacks with this count.
    """

    epochs: int = 0
    steps: int = 0


def stream(seed: int, name: str, count: int = 0) -> np.random.Generator:
    """Return the generator for one use of randomness.

    Parameters
    ----------
    seed
        Seed of the run.
    name
        What the numbers are for, such as ``"shuffle"`` or ``"dropout 2"``.
    count
        Which use of that name it is: an epoch, a step.
    """
    key: Any = _Key(key_of(seed, name))  # NumPy's types do not know that a key may come from others
    return np.random.Generator(np.random.Philox(key, counter=[0, 0, 0, count]))


def key_of(seed: int, name: str) -> int:
    """Return the 128-bit key of a named stream."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest(), "little")


@attrs.frozen
class _Key(np.random.bit_generator.ISeedSequence):
    """Gives a key to Philox. With ``Philox(key=…)``, NumPy first draws a seed that it does not use: 10 µs and not 3."""

    key: int

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray[Any, Any]:
        """Return the two words of the key."""
        return np.array([self.key % 2**64, self.key >> 64], np.uint64)
