"""Which loader gives a rank its part of some data."""

from __future__ import annotations

from typing import Any

from glassnet.data.array_loader import ArrayLoader
from glassnet.data.loader import DataLoader
from glassnet_distributed.communicator import Communicator
from glassnet_distributed.loader import RankArrayLoader, RankLoader, RankPartLoader


def rank_loader(loader: DataLoader, ranks: Communicator, compression: Any = None) -> RankLoader:
    """Return the part of a rank. Of data of an unknown kind, each rank draws all, and takes its share of each batch."""
    if type(loader) is ArrayLoader:
        return RankArrayLoader(loader, ranks, compression)
    kind = RankPartLoader if hasattr(loader, "part") else RankLoader
    return kind(loader, ranks, compression)
