"""Random numbers of a rank."""

from __future__ import annotations

from glassnet.support.random import key_of


def seed_of_rank(seed: int, rank: int) -> int:
    """Return the seed for dropout and augmentation on a rank; rank 0 has that of the run."""
    return seed if rank == 0 else key_of(seed, f"rank {rank}")
