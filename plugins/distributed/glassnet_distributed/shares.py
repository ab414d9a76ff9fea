"""Which loader gives a rank its part of some data."""

from __future__ import annotations

from typing import Any

from glassnet.data.array_loader import ArrayLoader
from glassnet.data.loader import DataLoader
from glassnet_dataloaders.block_shuffle_loader import BlockShuffleLoader
from glassnet_distributed.communicator import Communicator
from glassnet_distributed.loader import OwnRowsLoader, RankArrayLoader, RankLoader, RankPartLoader


def rank_loader(loader: DataLoader, ranks: Communicator, compression: Any = None) -> RankLoader:
    """Return the part of a rank. Of data of an unknown kind, each rank draws all, and takes its share of each batch."""
    if type(loader) is ArrayLoader:
        return RankArrayLoader(loader, ranks, compression)
    if isinstance(loader, BlockShuffleLoader) and has_own_rows(loader):
        return OwnRowsLoader(loader, ranks, compression)
    kind = RankPartLoader if hasattr(loader, "part") else RankLoader
    return kind(loader, ranks, compression)


def has_own_rows(loader: BlockShuffleLoader) -> bool:
    """Return whether the rows are those of this rank alone, as `load` returns them."""
    return any(getattr(x, "rows_of_all", None) is not None for x, _, _ in loader.parts())
